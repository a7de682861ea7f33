package dev.varve.bench.histories;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** What the clients of one history have in common. Thread-safe. */
final class Shared {

    private static final int MAX_STREAMS = 3;
    private static final int MAX_IMPATIENCE_PERCENT = 6;
    private static final int MAX_LIFECYCLE_PERMILLE = 12;

    final Notes notes;
    final int clients;
    final List<String> paths;
    /** Whether atomic appends join the streams. */
    final boolean atomic;

    final int impatiencePercent;
    final int lifecyclePermille;

    final AtomicInteger names = new AtomicInteger(1);
    private final AtomicInteger sequences = new AtomicInteger();
    private final Map<String, List<Long>> positions = new HashMap<>();

    Shared(String prefix, int clients, SplittableRandom random) {
        this.notes = new Notes(prefix);
        this.clients = clients;
        List<String> chosen = new ArrayList<>();
        int streams = 1 + random.nextInt(MAX_STREAMS);
        for (int i = 0; i < streams; i++) {
            chosen.add((random.nextBoolean() ? "j" : "t") + i);
        }
        this.paths = List.copyOf(chosen);
        this.atomic = random.nextBoolean();
        this.impatiencePercent = random.nextInt(MAX_IMPATIENCE_PERCENT + 1);
        this.lifecyclePermille = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(MAX_LIFECYCLE_PERMILLE);
    }

    /** Notes some of the positions that clients are told. */
    void saw(String path, long position, SplittableRandom random) {
        synchronized (positions) {
            List<Long> seen = positions.computeIfAbsent(path, none -> new ArrayList<>());
            if (seen.size() < 64) {
                seen.add(position);
            } else {
                seen.set(random.nextInt(seen.size()), position);
            }
        }
    }

    long seen(String path, SplittableRandom random) {
        synchronized (positions) {
            List<Long> seen = positions.getOrDefault(path, List.of());
            return seen.isEmpty() ? 0 : seen.get(random.nextInt(seen.size()));
        }
    }

    /** A sequence, mostly greater than those before; conflicts are wanted too. */
    String sequence(SplittableRandom random) {
        int next = random.nextInt(4) == 0 ? sequences.get() - random.nextInt(3) : sequences.incrementAndGet();
        return String.format("%06d", Math.max(0, next));
    }
}
