package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets entries that are to go by themselves: none goes early, whatever crashes, and all are gone in the end. */
final class TimedCrashClient extends CrashClient {

    private static final int KEYS = 40;
    private static final long LONG_MILLIS = 600_000;
    private static final long SHORT_MILLIS = 4_000;

    /** What is late by more than this was forgotten. */
    private static final long LATE_MILLIS = 150_000;

    /** What a key must be, and from when on it must be there no more. */
    private record Timed(long value, long notBeforeMillis, long ttlMillis) {
        boolean isDue() {
            return System.currentTimeMillis() >= notBeforeMillis;
        }
    }

    private static final Timed NEVER = new Timed(0, Long.MAX_VALUE, 0);

    private final String store;
    private final String root;
    private final Map<String, Timed> known = new LinkedHashMap<>();
    private String doubtful = "";
    private Timed maybe = NEVER;
    private long next;

    TimedCrashClient(int number, int port, String store, long seed) {
        super(port, seed);
        this.store = "/api/stores/" + store;
        this.root = "t/" + number;
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        String key = root + "/" + random.nextInt(KEYS);
        long ttl = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> LONG_MILLIS;
            default -> 1 + random.nextLong(SHORT_MILLIS);
        };
        long value = ++next;
        // Its time begins when it is decided, which is later than now.
        Timed timed = new Timed(value, ttl == 0 ? Long.MAX_VALUE : System.currentTimeMillis() + ttl, ttl);
        doubtful = key;
        maybe = timed;
        Http.Answer answer = send(
                http,
                "POST",
                store + "/entries",
                "{\"path\":\"" + key + "\",\"value\":" + value + (ttl == 0 ? "" : ",\"ttl_ms\":" + ttl) + "}");
        if (answer.status() != 200) {
            return unexpected("a set with a time to live", answer);
        }
        doubtful = "";
        known.put(key, timed);
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        if (!doubtful.isEmpty()) {
            String found = value(http, doubtful);
            // When it is gone, either of the two may have been there.
            if (Long.toString(maybe.value).equals(found) || (found == null && maybe.isDue())) {
                known.put(doubtful, maybe);
            }
            doubtful = "";
        }
        for (Map.Entry<String, Timed> entry : known.entrySet()) {
            String found = value(http, entry.getKey());
            Timed timed = entry.getValue();
            if (found == null ? !timed.isDue() : !found.equals(Long.toString(timed.value))) {
                return entry.getKey() + " should be " + timed + ", is " + found;
            }
            count(found == null ? "gone" : "there");
        }
        return null;
    }

    private @Nullable String value(Http http, String key) throws IOException {
        return EntryWriter.value(get(http, store + "/entries/" + key));
    }

    @Override
    @Nullable String finish(Http http) throws IOException, InterruptedException {
        long end = System.currentTimeMillis() + SHORT_MILLIS + LATE_MILLIS;
        for (Map.Entry<String, Timed> entry : known.entrySet()) {
            if (entry.getValue().ttlMillis <= 0 || entry.getValue().ttlMillis == LONG_MILLIS) {
                continue;
            }
            while (value(http, entry.getKey()) != null) {
                if (System.currentTimeMillis() > end) {
                    return entry.getKey() + " should be gone, its time is over: " + entry.getValue();
                }
                Thread.sleep(50);
            }
        }
        return check(http);
    }
}
