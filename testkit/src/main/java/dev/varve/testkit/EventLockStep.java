package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.SnapshotQuery;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.opentest4j.TestAbortedException;

/**
 * Gives a store under test and the model the same random operations and compares every answer, and from time to time everything that is
 * stored. What the contract leaves open is not compared: when an event was recorded, where slices end, how much scavenging
 * found to do, what becomes of an append that comes again after it, and of one that gives an event that was redacted another type. Confined
 * to one test.
 */
final class EventLockStep {

    private static final int CHECK_EVERY = 30;
    private static final int REMEMBERED = 25;

    private final EventProbe probe;
    private final EventStore model =
            EventStore.over(new ModelEventStorage(System::currentTimeMillis), EventProbe.STORE);
    private final long seed;
    private final Random random;
    private final EventChance chance;
    private final boolean comesBack;
    private final ArrayDeque<String> latest = new ArrayDeque<>();
    private final List<EventAppend> sent = new ArrayList<>();
    private final Map<UUID, String> redacted = new HashMap<>();

    EventLockStep(EventProbe probe, long seed) {
        this.probe = probe;
        this.seed = seed;
        this.random = new Random(seed);
        this.chance = new EventChance(random, model, false);
        this.comesBack = comesBack();
    }

    private boolean comesBack() {
        try {
            probe.reopen();
            return true;
        } catch (TestAbortedException e) {
            return false;
        }
    }

    void run(int steps) {
        // The store is there from the beginning.
        append(EventAppend.builder().event(chance.anyEvent()).build());
        for (int step = 1; step <= steps; step++) {
            try {
                step();
                if (step % CHECK_EVERY == 0 || step == steps) {
                    compareEverything();
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "disagreement at step " + step + " of seed " + seed + " (run again with -Dvarve.test.seed="
                                + seed + "), after\n  " + String.join("\n  ", latest) + "\n" + e,
                        e);
            }
        }
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 40) {
            append(chance.anyAppend());
        } else if (dice < 48 && !sent.isEmpty()) {
            appendKnown(chance.any(sent));
        } else if (dice < 54 && !sent.isEmpty()) {
            appendKnown(chance.nearly(chance.any(sent)));
        } else if (dice < 70) {
            read(chance.anyRead());
        } else if (dice < 75) {
            same(chance.anyDeletion());
        } else if (dice < 79) {
            same(chance.anySettings());
        } else if (dice < 82) {
            long position = chance.anyPosition();
            model.stream(EventRead.all().after(Math.max(position, 0) - 1).upTo(Math.max(position, 0)))
                    .forEach(event -> redacted.put(event.id(), event.type()));
            same(new EventOperation.Redact(position, chance.anyData()));
        } else if (dice < 84) {
            same(new EventOperation.DeleteEvents(List.of(chance.anyPosition(), chance.anyPosition())));
        } else if (dice < 90) {
            snapshots();
        } else if (dice < 97) {
            checkpoints();
        } else if (dice < 99) {
            note("scavenge");
            probe.store().scavenge();
            model.scavenge();
            sent.clear();
        } else if (comesBack) {
            note("reopen");
            probe.reopen();
        }
    }

    // ---- appends

    private void append(EventAppend append) {
        sent.add(append);
        same(new EventOperation.Append(append));
        assertThat(probe.store().head()).isEqualTo(model.head());
    }

    /** Of an event that was redacted it is left open whether another type is still noticed. */
    private void appendKnown(EventAppend append) {
        for (Addressed addressed : append.events()) {
            String type = redacted.get(addressed.event().id());
            if (type != null && !type.equals(addressed.event().type())) {
                return;
            }
        }
        append(append);
    }

    // ---- reads

    private void read(EventRead read) {
        if (random.nextInt(4) == 0) {
            same("count " + read, store -> store.count(read));
            same("exists " + read, store -> store.exists(read));
            return;
        }
        same("read " + read, store -> EventContents.whole(store, read));
    }

    // ---- all else

    private void snapshots() {
        AggregateId id = chance.any(EventChance.AGGREGATES);
        switch (random.nextInt(6)) {
            case 0 -> {
                SnapshotQuery query = chance.anySnapshots();
                same("snapshots " + id + " " + query, store -> store.snapshots(id, query));
            }
            case 1 -> same("load " + id, store -> EventContents.loaded(store.load(id, "s0")));
            default -> same(chance.anySnapshotChange());
        }
    }

    private void checkpoints() {
        String name = chance.any(EventChance.NAMES);
        long position = random.nextInt(40) - 1L;
        switch (random.nextInt(5)) {
            case 0 -> same("checkpoint " + name, store -> store.checkpoint(name));
            case 1 ->
                same(
                        "await " + name + " " + position,
                        store -> store.awaitCheckpoints(new TreeSet<>(List.of(name, "p")), position, Duration.ZERO));
            default -> same(chance.anyCheckpointChange());
        }
    }

    private void compareEverything() {
        assertThat(EventContents.of(probe.store()).difference(EventContents.of(model)))
                .isNull();
    }

    // ---- comparing

    private void same(EventOperation operation) {
        note(operation.toString());
        Object given = EventOperation.outcome(() -> operation.on(probe.store()));
        Object expected = EventOperation.outcome(() -> operation.on(model));
        note("  " + expected);
        assertThat(operation.agrees(expected, given, model))
                .as("%s gives %s instead of %s", operation, given, expected)
                .isTrue();
    }

    private void same(String what, Function<EventStore, Object> call) {
        note(what);
        assertThat(EventOperation.outcome(() -> call.apply(probe.store())))
                .as(what)
                .isEqualTo(EventOperation.outcome(() -> call.apply(model)));
    }

    private void note(String what) {
        if (latest.size() == REMEMBERED) {
            latest.removeFirst();
        }
        latest.addLast(what);
    }
}
