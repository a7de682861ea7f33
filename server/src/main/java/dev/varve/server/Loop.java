package dev.varve.server;

import dev.varve.engine.io.Clock;
import dev.varve.engine.spi.InlineCommits;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What belongs to one event loop: its connections, its mailbox and the streams its readers follow. Confined to the
 * loop's thread, except {@link #deliver}, {@link #commitSoon} and {@link #mayHang}, which any thread may call.
 */
final class Loop {

    /** What a loop is for. */
    enum Kind {
        /** Accepts requests, serves live readers, health and metrics. Never commits. */
        LIVE,
        /** Submits writes and may run commits, which block for a sync. */
        WRITE
    }

    /** How many letters one turn takes before other work of the loop gets its turn. */
    private static final int LETTERS_PER_TURN = 1024;

    /**
     * For how long a commit waits at most while rounds of reads bring more to commit. A sync costs about the same for many
     * requests as for one, so waiting for those that are on their way pays; a round that brings nothing ends it at once.
     */
    private static final long MAX_GATHER_NANOS = 300_000;

    /** How many connections are written to in a row before they are flushed. */
    private static final int WRITES_PER_FLUSH = 32;

    private static final long TICK_MILLIS = 250;
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    final EventLoop eventLoop;
    final Kind kind;
    final Tally tally = new Tally();

    /** The streams that readers of this loop follow, by path. */
    final Map<String, LiveStream> streams = new HashMap<>();

    /** The stores that channels of this loop follow, by id. */
    final Map<UUID, StoreFeed> stores = new HashMap<>();

    /** The newest changes of stores, for those who follow them by events. */
    final EventTexts eventTexts = new EventTexts();

    private final @Nullable InlineCommits commits;
    private final Clock clock;
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean mailboxScheduled = new AtomicBoolean();
    private final AtomicBoolean commitScheduled = new AtomicBoolean();
    private final List<Connection> connections = new ArrayList<>();
    private final List<Outgoing> unflushed = new ArrayList<>();
    private final AtomicLong submissions = new AtomicLong();
    private long submissionsSeen;
    private long submissionsCommitted;
    private long gatheringSince;

    /** Whether the last commit was of one submission: nobody else was writing then. */
    private boolean lastWasAlone;

    private int batches;

    Loop(EventLoop eventLoop, Kind kind, @Nullable InlineCommits commits, Clock clock) {
        this.clock = clock;
        this.eventLoop = eventLoop;
        this.kind = kind;
        this.commits = commits;
    }

    void startTicking(ServerContext server) {
        var _ = eventLoop.scheduleAtFixedRate(
                () -> tick(server.clock.elapsedNanos()), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs a task on this loop, together with whatever else arrives until the loop gets to it: one wake-up for all, and
     * one flush per connection.
     */
    void deliver(Runnable letter) {
        mailbox.add(letter);
        if (mailboxScheduled.compareAndSet(false, true)) {
            schedule(this::readMail);
        }
    }

    /** Runs a task now when this is the loop's thread, else with the next batch. */
    void run(Runnable task) {
        if (!eventLoop.inEventLoop()) {
            deliver(task);
            return;
        }
        beginBatch();
        try {
            runSafely(task);
        } finally {
            endBatch();
        }
    }

    private void readMail() {
        mailboxScheduled.set(false);
        beginBatch();
        try {
            for (int i = 0; i < LETTERS_PER_TURN; i++) {
                Runnable letter = mailbox.poll();
                if (letter == null) {
                    return;
                }
                runSafely(letter);
            }
            if (!mailbox.isEmpty() && mailboxScheduled.compareAndSet(false, true)) {
                schedule(this::readMail);
            }
        } finally {
            endBatch();
        }
    }

    /**
     * Has the storage commit what was submitted, once for all that comes in the current round of reads and in those that
     * follow it at once.
     */
    void commitSoon() {
        if (commits == null) {
            return;
        }
        submissions.incrementAndGet();
        if (commitScheduled.compareAndSet(false, true)) {
            schedule(this::startGathering);
        }
    }

    /** Runs after the loop has handled every connection that was readable. Who writes alone waits for nobody. */
    private void startGathering() {
        if (lastWasAlone && submissions.get() == submissionsCommitted + 1) {
            commit();
        } else {
            gatheringSince = clock.elapsedNanos();
            gather();
        }
    }

    private void gather() {
        long now = submissions.get();
        if (now != submissionsSeen && clock.elapsedNanos() - gatheringSince < MAX_GATHER_NANOS) {
            submissionsSeen = now;
            try {
                // A task that is due now runs after the next round of reads, for which the loop does not sleep.
                var _ = eventLoop.schedule(this::gather, 0, TimeUnit.NANOSECONDS);
                return;
            } catch (RejectedExecutionException e) {
                LOG.debug("the loop has ended, what was submitted is committed at once");
            }
        }
        commit();
    }

    private void commit() {
        commitScheduled.set(false);
        long now = submissions.get();
        lastWasAlone = now == submissionsCommitted + 1;
        submissionsCommitted = now;
        InlineCommits inline = commits;
        if (inline == null) {
            return;
        }
        beginBatch();
        try {
            runSafely(inline::runPending);
        } finally {
            endBatch();
        }
    }

    /** Whether a commit hangs, and this loop perhaps with it. Any thread may ask. */
    boolean mayHang() {
        return commits != null && commits.isStalled();
    }

    private void schedule(Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended, a task is dropped");
        }
    }

    private static void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a task of an event loop failed", e);
        }
    }

    /** From here on flushes are put off to the end of the batch. Batches nest. */
    void beginBatch() {
        batches++;
    }

    void endBatch() {
        if (--batches > 0) {
            return;
        }
        flushWritten();
    }

    /**
     * Flushes what was put off so far, if so many were written to that it is time. Whoever writes to many connections calls it after
     * each: the first ones need not wait for the last, and what was written to is still in the processor's caches.
     *
     * @param written how many were written to since the beginning
     */
    void flushAfter(int written) {
        if (written % WRITES_PER_FLUSH == 0) {
            flushWritten();
        }
    }

    private void flushWritten() {
        // Flushing may close connections or write to them, which adds to the end of the list.
        for (int i = 0; i < unflushed.size(); i++) {
            unflushed.get(i).flushNow();
        }
        unflushed.clear();
    }

    /** Flushes what a connection sends now, or at the end of the batch. */
    void flush(Outgoing out) {
        if (batches == 0) {
            out.flushNow();
        } else if (out.markUnflushed()) {
            unflushed.add(out);
        }
    }

    void add(Connection connection) {
        connection.loopIndex = connections.size();
        connections.add(connection);
    }

    void remove(Connection connection) {
        int index = connection.loopIndex;
        if (index < 0) {
            return;
        }
        Connection last = connections.removeLast();
        if (last != connection) {
            connections.set(index, last);
            last.loopIndex = index;
        }
        connection.loopIndex = -1;
    }

    /** Tells every connection that the server is closing. */
    void drain() {
        beginBatch();
        for (Connection connection : List.copyOf(connections)) {
            connection.drain();
        }
        endBatch();
    }

    /** Looks whether tokens that connections came with are still of effect. */
    void checkAccess() {
        beginBatch();
        for (Connection connection : List.copyOf(connections)) {
            connection.checkAccess();
        }
        endBatch();
    }

    /** Gives up every connection. */
    void closeAll() {
        for (Connection connection : List.copyOf(connections)) {
            connection.abort();
        }
    }

    private void tick(long now) {
        beginBatch();
        // Backwards, because a connection that closes is replaced by the last one.
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).tick(now);
            }
        }
        endBatch();
    }
}
