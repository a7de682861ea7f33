package dev.varve.bench;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventStorage;
import dev.varve.api.NewEvent;
import dev.varve.api.VarveException;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Fills a store with events, embedded, and leaves them in a checkpoint. Stateless. */
final class EventFill {

    /** Over so many aggregates they go in turn, and over as many tags that several have. */
    static final int GROUPS = 1_000;

    private static final int BATCH = 1_000;
    private static final int UNDER_WAY = 16;
    private static final int PAUSE_MILLIS = 50;
    private static final long TELL_NANOS = 10_000_000_000L;
    private static final int DIFFERENT_DATA = 1_024;

    private EventFill() {}

    /** An append and what became of it. */
    private record Pending(EventAppend append, CompletableFuture<EventAppendResult> result) {}

    /**
     * Appends what is missing.
     *
     * @param tagged whether each gets two tags: one that every thousandth has, one of its own
     */
    static void fill(Path data, long events, int bytes, boolean tagged) throws IOException, InterruptedException {
        long began = System.nanoTime();
        long told = began;
        String[] contents = new String[DIFFERENT_DATA];
        for (int i = 0; i < contents.length; i++) {
            contents[i] = EventsBench.data(bytes, i);
        }
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT)) {
            EventStorage storage = engine.events();
            long there = storage.head(EventsBench.STORE) + 1;
            Deque<Pending> underWay = new ArrayDeque<>();
            for (long next = there; next < events; ) {
                EventAppend.Builder batch = EventAppend.builder();
                for (int i = 0; i < BATCH && next < events; i++, next++) {
                    NewEvent event = NewEvent.json("Happened", contents[(int) (next % DIFFERENT_DATA)]);
                    batch.event(
                            new AggregateId("filled", Long.toString(next % GROUPS)),
                            tagged ? event.withTags("group:" + next % GROUPS, "own:" + next) : event);
                }
                EventAppend append = batch.build();
                underWay.add(new Pending(append, storage.append(EventsBench.STORE, append, true)));
                if (underWay.size() > UNDER_WAY) {
                    finish(storage, underWay.remove());
                }
                if (System.nanoTime() - told > TELL_NANOS) {
                    told = System.nanoTime();
                    System.out.printf("bench: %,d events after %.0f s%n", next, (told - began) / 1e9);
                }
            }
            while (!underWay.isEmpty()) {
                finish(storage, underWay.remove());
            }
            engine.checkpoint().join();
            if (there < events) {
                double seconds = (System.nanoTime() - began) / 1e9;
                System.out.printf(
                        "bench: %,d events of %d bytes appended in %.1f s, embedded, %,d at a time: %,.0f a second; %,d MiB on disk%n",
                        events - there, bytes, seconds, BATCH, (events - there) / seconds, DataFiles.bytes(data) >> 20);
            }
        }
    }

    /** Waits for an append; one that came too fast for the disk is sent again. */
    private static void finish(EventStorage storage, Pending pending) throws InterruptedException {
        CompletableFuture<EventAppendResult> result = pending.result;
        while (true) {
            try {
                if (result.join() instanceof EventAppendResult.Refused refused) {
                    throw new IllegalStateException("refused: " + refused);
                }
                return;
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof VarveException failure) || failure.kind() != ErrorKind.OVERLOADED) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
                result = storage.append(EventsBench.STORE, pending.append, true);
            }
        }
    }
}
