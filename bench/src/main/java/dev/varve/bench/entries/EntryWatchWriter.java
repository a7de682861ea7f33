package dev.varve.bench.entries;

import dev.varve.bench.Findings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/** Writes to one store over HTTP, all kinds of changes, at a pace. What was not answered is not known. Confined to its thread. */
final class EntryWatchWriter implements Runnable {

    private static final int KEYS = 6;
    private static final int RETRY_MILLIS = 20;
    private static final int MIN_LIFETIME_MILLIS = 20;
    private static final int MAX_LIFETIME_MILLIS = 800;

    private final int number;
    private final WatchedStore store;
    private final int port;
    private final Findings findings;
    private final BooleanSupplier stopping;
    private final SplittableRandom random;
    private final long pauseNanos;
    private long next;

    EntryWatchWriter(
            int number,
            WatchedStore store,
            int port,
            Findings findings,
            BooleanSupplier stopping,
            SplittableRandom random,
            double writesPerSecond) {
        this.number = number;
        this.store = store;
        this.port = port;
        this.findings = findings;
        this.stopping = stopping;
        this.random = random;
        this.pauseNanos = (long) (1e9 / writesPerSecond);
    }

    @Override
    public void run() {
        try {
            long due = System.nanoTime();
            while (!stopping.getAsBoolean()) {
                try (WatchCalls calls = new WatchCalls(port, store.name)) {
                    while (!stopping.getAsBoolean()) {
                        write(calls);
                        due = Math.max(due + pauseNanos, System.nanoTime() - 1_000_000_000L);
                        long early = due - System.nanoTime();
                        if (early > 0) {
                            Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
                        }
                    }
                } catch (IOException e) {
                    String words = String.valueOf(e.getMessage());
                    if (words.startsWith("answered 4")) {
                        findings.add(Findings.Kind.REFUSED, "a write was " + words);
                    }
                    Thread.sleep(RETRY_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(WatchCalls calls) throws IOException {
        List<String[]> ops = new ArrayList<>();
        int key = random.nextInt(KEYS);
        long value = ++next;
        switch (random.nextInt(11)) {
            case 0, 1 -> ops.add(op("set", "r/" + key, Long.toString(value)));
            case 2 -> {
                // Both halves name each other, for whoever sees one.
                ops.add(op("set", "p/" + number + "-" + key + "/a", Long.toString(value)));
                ops.add(op("set", "p/" + number + "-" + key + "/b", Long.toString(value)));
            }
            case 3 -> ops.add(op("set", "o/" + key, "{\"x\":" + value + ",\"y\":" + value + "}"));
            case 4 -> ops.add(op("merge", "o/" + key, "{\"z\":" + value + "}"));
            case 5 ->
                ops.add(
                        random.nextInt(20) == 0
                                ? op("delete", "o", "")
                                : op("delete", "o/" + key + (random.nextBoolean() ? "/x" : ""), ""));
            case 6 -> ops.add(op("increment", "c/" + key, "1"));
            case 7 ->
                ops.add(op(random.nextBoolean() ? "add" : "remove", "m/" + key, Integer.toString(random.nextInt(4))));
            case 8, 9 -> {
                // Mostly with a time to live; without one, or deleted, it must not expire.
                String path = "t/" + key;
                switch (random.nextInt(8)) {
                    case 0 -> ops.add(op("set", path, Long.toString(value)));
                    case 1 -> ops.add(op("delete", path, ""));
                    default -> ops.add(living(path, random.nextInt(MIN_LIFETIME_MILLIS, MAX_LIFETIME_MILLIS)));
                }
            }
            default -> {
                ops.add(op("set", "o/" + key + "/x", Long.toString(value)));
                ops.add(op("delete", "o/" + random.nextInt(KEYS), ""));
                ops.add(op("increment", "c/" + key, "2"));
            }
        }
        String name = String.format("watch-writer-%06d-%010d", number, value);
        JsonNode answer = calls.write(name, ops.stream().map(op -> op[2]).toList());
        for (int i = 0; i < ops.size(); i++) {
            long seq = answer.path("ops").get(i).path("store_seq").longValue();
            store.acknowledge(seq, ops.get(i)[0], ops.get(i)[1]);
        }
    }

    private static String[] living(String path, int millis) {
        String value = new Lifetime(millis, System.nanoTime()).value();
        String op = op("set", path, value)[2];
        return new String[] {"set", path, op.substring(0, op.length() - 1) + ",\"ttl_ms\":" + millis + "}"};
    }

    private static String[] op(String op, String path, String value) {
        return new String[] {
            op,
            path,
            "{\"op\":\"" + op + "\",\"path\":\"" + path + "\"" + (value.isEmpty() ? "" : ",\"value\":" + value) + "}"
        };
    }
}
