package dev.varve.bench.live;

import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.CommittedWrite;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that keeps the store in step, changes it without waiting, looks at it, and is told of it. It counts what it has
 * enqueued, which must be there in the end, once. With a file it is closed and opened again now and then, as by a restart.
 */
final class LiveUser implements Runnable {

    static final int COUNTERS = 5;
    static final EntryPattern ALL = EntryPattern.ALL;
    private static final Duration FINISH = Duration.ofMinutes(2);

    final String name;

    private final Varve varve;
    private final String store;
    private final LiveOptions options;
    private final double writesPerSecond;
    private final double reopenEverySeconds;
    private final Findings findings;
    private final SplittableRandom random;
    private final BooleanSupplier stopping;

    /** How often it has added one to each counter. */
    final long[] added = new long[COUNTERS];

    final AtomicLong answered = new AtomicLong();
    final AtomicLong told = new AtomicLong();
    final AtomicLong resyncs = new AtomicLong();
    long looks;
    long reopened;
    long register;
    private @Nullable LiveSync live;
    private volatile @Nullable Throwable failure;

    LiveUser(
            String name,
            Varve varve,
            String store,
            LiveOptions.View view,
            @Nullable Path file,
            double writesPerSecond,
            double reopenEverySeconds,
            Findings findings,
            SplittableRandom random,
            BooleanSupplier stopping) {
        this.name = name;
        this.varve = varve;
        this.store = store;
        LiveOptions memory = LiveOptions.of(ALL).withView(view);
        this.options = file == null ? memory : memory.withFile(file);
        this.writesPerSecond = writesPerSecond;
        this.reopenEverySeconds = file == null ? 0 : reopenEverySeconds;
        this.findings = findings;
        this.random = random;
        this.stopping = stopping;
    }

    LiveSync live() {
        LiveSync now = live;
        if (now == null) {
            throw new IllegalStateException(name + " is not open");
        }
        return now;
    }

    @Override
    public void run() {
        try {
            open();
            while (!stopping.getAsBoolean()) {
                step();
                Thread.sleep((long) (2_000 / writesPerSecond * random.nextDouble()));
                if (reopenEverySeconds > 0 && random.nextDouble() < 1 / (reopenEverySeconds * writesPerSecond)) {
                    live().close();
                    open();
                    reopened++;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void open() {
        LiveSync opened = varve.store(store).live(options);
        live = opened;
        listen(opened);
    }

    // ---- what it does

    private void step() {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                int counter = random.nextInt(COUNTERS);
                enqueue(EntryOp.of(EntryOp.Kind.INCREMENT, counter(counter), EntryValue.of(1)));
                added[counter]++;
            }
            case 3, 4 -> enqueue(EntryOp.set(register(name), EntryValue.of(++register)));
            case 5 -> {
                EntryValue both = EntryValue.of(random.nextLong(1_000_000));
                EntryPath pair = EntryPath.of("pairs", "p" + random.nextInt(3));
                enqueue(EntryOp.set(pair.child("left"), both), EntryOp.set(pair.child("right"), both));
            }
            case 6 -> {
                EntryPath churn = EntryPath.of("churn", "c" + random.nextInt(20));
                enqueue(
                        random.nextBoolean()
                                ? EntryOp.delete(churn)
                                : EntryOp.set(
                                        churn, new EntryValue.Fields(Map.of("a", EntryValue.of(random.nextInt(9))))));
            }
            default -> look();
        }
    }

    static EntryPath counter(int number) {
        return EntryPath.of("counters", "n" + number);
    }

    static EntryPath register(String name) {
        return EntryPath.of("registers", name);
    }

    private void enqueue(EntryOp... ops) {
        var _ = live().enqueue(List.of(ops)).whenComplete((result, thrown) -> {
            if (result instanceof EntryWriteResult.Refused refused) {
                findings.add(Kind.REFUSED, name + " was refused " + refused);
            } else if (result != null) {
                answered.incrementAndGet();
            } else if (kind(thrown) != ErrorKind.UNAVAILABLE || options.file() == null) {
                // With a file, what waits when it is closed is sent when it is opened again.
                findings.add(Kind.REFUSED, name + " was told " + thrown);
            }
        });
    }

    private static @Nullable ErrorKind kind(@Nullable Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
        return cause instanceof VarveException known ? known.kind() : null;
    }

    /** What was written together is seen together, and its own writes are there as far as they are to be. */
    private void look() {
        looks++;
        Map<EntryPath, EntryValue> seen = new HashMap<>();
        try (Stream<Entry> listed = live().transport().list(EntryPattern.parse("pairs/**"))) {
            listed.forEach(entry -> seen.put(entry.path(), entry.value()));
        }
        for (int i = 0; i < 3; i++) {
            EntryPath pair = EntryPath.of("pairs", "p" + i);
            EntryValue left = seen.get(pair.child("left"));
            EntryValue right = seen.get(pair.child("right"));
            if (left == null ? right != null : !left.equals(right)) {
                findings.add(Kind.TORN, name + " sees " + left + " and " + right + " at " + pair);
            }
        }
        if (options.view() == LiveOptions.View.OPTIMISTIC) {
            EntryValue own = live().transport().read(register(name)).orElse(null);
            if (register > 0 && !EntryValue.of(register).equals(own)) {
                findings.add(Kind.LOST, name + " has set " + register + " and sees " + own);
            }
        }
    }

    // ---- what it is told

    /** Each one added to a counter is told once: it goes up by one from one change to the next. */
    private void listen(LiveSync opened) {
        Map<EntryPath, Long> totals = new HashMap<>();
        long[] last = {0};
        CommitListener listener = new CommitListener() {
            @Override
            public void committed(CommittedWrite write) {
                told.incrementAndGet();
                if (write.storeSeq() <= last[0]) {
                    findings.add(Kind.REORDERED, name + " was told " + write.storeSeq() + " after " + last[0]);
                }
                last[0] = write.storeSeq();
                for (EntryChange change : write.changes()) {
                    if (change.kind() == EntryOp.Kind.INCREMENT && change.value() instanceof EntryValue.Whole total) {
                        Long before = totals.put(change.path(), total.value());
                        if (before != null && total.value() != before + 1) {
                            findings.add(
                                    total.value() <= before ? Kind.DUPLICATED : Kind.LOST,
                                    name + " was told " + change.path() + " is " + total.value() + " after " + before);
                        }
                        EntryValue stands = write.after().read(change.path()).orElse(null);
                        if (!total.equals(stands)) {
                            findings.add(Kind.TORN, name + " was told " + total + " and reads " + stands);
                        }
                    }
                }
            }

            @Override
            public void ended(VarveException failure) {
                if (failure.kind() == ErrorKind.COMPACTED) {
                    resyncs.incrementAndGet();
                    Thread.ofVirtual().start(() -> listen(opened));
                } else if (failure.kind() != ErrorKind.UNAVAILABLE) {
                    findings.add(Kind.REFUSED, name + " is told no more: " + failure);
                }
            }
        };
        try {
            var _ = opened.transport().subscribe(ALL, listener);
        } catch (VarveException e) {
            if (e.kind() != ErrorKind.UNAVAILABLE) {
                throw e;
            }
        }
    }

    // ---- in the end

    /** Waits until everything is through. */
    void finish() throws InterruptedException {
        Throwable thrown = failure;
        if (thrown != null) {
            findings.add(Kind.REFUSED, name + " failed: " + thrown);
            return;
        }
        long deadline = System.nanoTime() + FINISH.toNanos();
        while (live().status().state() != LiveSync.State.LIVE || live().status().waiting() > 0) {
            if (System.nanoTime() > deadline) {
                findings.add(Kind.LOST, name + " is not through: " + live().status());
                return;
            }
            Thread.sleep(20);
        }
    }

    /** All that it sees. */
    Map<EntryPath, EntryValue> entries() {
        Map<EntryPath, EntryValue> seen = new HashMap<>();
        try (Stream<Entry> listed = live().transport().list(ALL)) {
            listed.forEach(entry -> seen.put(entry.path(), entry.value()));
        }
        return seen;
    }

    /** The differences between two sights, in words. */
    static List<String> differences(Map<EntryPath, EntryValue> seen, Map<EntryPath, EntryValue> stands) {
        List<String> differences = new ArrayList<>();
        stands.forEach((path, value) -> {
            if (!value.equals(seen.get(path))) {
                differences.add(path + " is " + value + " and is seen as " + seen.get(path));
            }
        });
        seen.forEach((path, value) -> {
            if (!stands.containsKey(path)) {
                differences.add(path + " is not there and is seen as " + value);
            }
        });
        return differences;
    }
}
