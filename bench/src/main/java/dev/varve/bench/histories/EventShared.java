package dev.varve.bench.histories;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What the clients of one history of events have in common. Thread-safe. */
final class EventShared {

    private static final int MAX_IMPATIENCE_PERCENT = 6;
    private static final int MAX_DELETIONS_PERMILLE = 40;

    final Notes notes;
    final int clients;
    final List<String> stores;
    final List<String> aggregates;

    /** Aggregates that are deleted for ever some time. */
    final List<String> mortals = List.of("m0", "m1");

    /** Entries that are set. */
    final List<String> entries = List.of("e0", "e1");

    /** The entry that is added to. */
    final String counter = "c0";

    final int impatiencePercent;
    final int deletionsPermille;

    /** Names of writes, each given once. */
    final AtomicLong next = new AtomicLong(1);

    /** About how far the source has come. */
    final AtomicLong tracking = new AtomicLong(1);

    /** Whether there is nothing but events. */
    volatile boolean alone;

    EventShared(String prefix, int clients, SplittableRandom random) {
        this.notes = new Notes(prefix);
        this.clients = clients;
        this.stores = random.nextBoolean() ? List.of("s0") : List.of("s0", "s1");
        this.aggregates = random.nextBoolean() ? List.of("a0", "a1") : List.of("a0", "a1", "a2", "a3");
        this.impatiencePercent = random.nextInt(MAX_IMPATIENCE_PERCENT + 1);
        this.deletionsPermille = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(MAX_DELETIONS_PERMILLE);
    }
}
