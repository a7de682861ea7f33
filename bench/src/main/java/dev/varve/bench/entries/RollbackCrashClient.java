package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Has a path go back, which is one write: after a crash all of it is as before, or all as then. And has a store go back that needs
 * several writes: each entry is as before or as then, and going back once more completes it.
 */
final class RollbackCrashClient extends CrashClient {

    private static final int FIELDS = 30;
    private static final int ENTRIES = 1_500;
    private static final int BATCH = 1_000;

    private final String store;
    private final String large;

    /** Of the path: what it shows, and what it may show instead. */
    private long shown;

    private long maybe;
    private boolean pathInDoubt;

    /** Of the store: the same, of every entry; and where to go back to. */
    private long largeShown;

    private long largeMaybe;
    private boolean largeInDoubt;
    private long goodSeq;
    private long goodValue;
    private long next;

    RollbackCrashClient(int number, int port, String organisation, long seed) {
        super(port, seed);
        this.store = organisation + "/back-" + number;
        this.large = organisation + "/back-all-" + number;
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        return random.nextInt(4) == 0 ? wholeStore(http) : path(http);
    }

    private static String object(long value) {
        StringBuilder object = new StringBuilder("{");
        for (int i = 0; i < FIELDS; i++) {
            object.append(i == 0 ? "" : ",")
                    .append("\"f")
                    .append(i)
                    .append("\":")
                    .append(value);
        }
        return object.append('}').toString();
    }

    private Http.Answer setPath(Http http, long value) throws IOException {
        maybe = value;
        pathInDoubt = true;
        return send(http, "PUT", "/api/stores/" + store + "/entries/p", object(value));
    }

    private @Nullable String told(Http.Answer answer, String what) {
        if (answer.status() != 200) {
            return unexpected(what, answer);
        }
        pathInDoubt = false;
        shown = maybe;
        acknowledged++;
        return null;
    }

    private @Nullable String path(Http http) throws IOException {
        long then = ++next;
        Http.Answer set = setPath(http, then);
        String wrong = told(set, "a set");
        if (wrong == null) {
            wrong = told(setPath(http, ++next), "a set");
        }
        if (wrong != null) {
            return wrong;
        }
        maybe = then;
        pathInDoubt = true;
        long seq = json(set).path("store_seq").longValue();
        return told(
                send(http, "POST", "/api/stores/" + store + "/rollback", "{\"path\":\"p\",\"to_seq\":" + seq + "}"),
                "a rollback of a path");
    }

    private @Nullable String fill(Http http, long value) throws IOException {
        largeMaybe = value;
        largeInDoubt = true;
        for (int from = 0; from < ENTRIES; from += BATCH) {
            StringBuilder ops = new StringBuilder("{\"ops\":[");
            for (int i = from; i < Math.min(ENTRIES, from + BATCH); i++) {
                ops.append(i == from ? "" : ",")
                        .append("{\"op\":\"set\",\"path\":\"e/" + i + "\",\"value\":" + value + "}");
            }
            Http.Answer answer = send(http, "POST", "/api/stores/" + large + "/entries/batch_write", ops + "]}");
            if (answer.status() != 200) {
                return unexpected("a batch", answer);
            }
            goodSeq = json(answer).path("store_seq").longValue();
        }
        largeInDoubt = false;
        largeShown = value;
        return null;
    }

    private @Nullable String wholeStore(Http http) throws IOException {
        goodValue = ++next;
        String wrong = fill(http, goodValue);
        if (wrong != null) {
            return wrong;
        }
        long good = goodSeq;
        wrong = fill(http, ++next);
        if (wrong != null) {
            return wrong;
        }
        goodSeq = good;
        return backAll(http);
    }

    private @Nullable String backAll(Http http) throws IOException {
        largeMaybe = goodValue;
        largeInDoubt = true;
        Http.Answer answer = send(http, "POST", "/api/stores/" + large + "/rollback", "{\"to_seq\":" + goodSeq + "}");
        if (answer.status() != 200) {
            return unexpected("a rollback of a store", answer);
        }
        largeInDoubt = false;
        largeShown = goodValue;
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        String found = null;
        for (Map.Entry<String, JsonNode> entry : list(http, store, "p/**", null).entrySet()) {
            String value = entry.getValue().path("value").toString();
            if (found != null && !found.equals(value)) {
                return "a path that goes back by one write shows " + found + " and " + value;
            }
            found = value;
        }
        long value = found == null ? 0 : Long.parseLong(found);
        if (value != shown && !(pathInDoubt && value == maybe)) {
            return "a path that goes back should be " + shown + (pathInDoubt ? " or " + maybe : "") + ", is " + value;
        }
        shown = value;
        pathInDoubt = false;
        return checkLarge(http);
    }

    private @Nullable String checkLarge(Http http) throws IOException {
        Map<String, JsonNode> entries = list(http, large, "e/**", null);
        long newer = 0;
        for (int i = 0; i < ENTRIES; i++) {
            JsonNode entry = entries.get("e/" + i);
            long value = entry == null ? 0 : entry.path("value").longValue();
            if (value != largeShown && !(largeInDoubt && value == largeMaybe)) {
                return "entry " + i + " of a store that goes back should be " + largeShown
                        + (largeInDoubt ? " or " + largeMaybe : "") + ", is " + value;
            }
            newer += value == largeShown ? 0 : 1;
        }
        if (!largeInDoubt) {
            return null;
        }
        count(newer == 0 ? "not begun" : newer == ENTRIES ? "all back" : "cut in the middle");
        if (largeMaybe == goodValue && largeShown > goodValue) {
            String wrong = backAll(http);
            return wrong != null ? wrong : checkLarge(http);
        }
        return fill(http, ++next);
    }
}
