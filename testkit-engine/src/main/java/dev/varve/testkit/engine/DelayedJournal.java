package dev.varve.testkit.engine;

import dev.varve.engine.io.ReadBuffers;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.OutOfSpaceException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A journal that writes at once and tells later, as one on another machine does: several groups may be under way. What
 * was not told counts as not written yet. Confined to one thread.
 */
final class DelayedJournal implements Journal {

    private final Journal journal;
    private final ArrayDeque<Outcome> untold = new ArrayDeque<>();
    private long toldEnd;
    private int mostUnderWay;

    private record Outcome(
            Completion completion, long end, @Nullable Throwable failure) {
        void tell() {
            if (failure == null) {
                completion.durable(end);
            } else {
                completion.failed(failure);
            }
        }
    }

    DelayedJournal(Journal journal) {
        this.journal = journal;
        this.toldEnd = journal.end();
    }

    boolean hasUntold() {
        return !untold.isEmpty();
    }

    /** The most groups that were under way at a time. */
    int mostUnderWay() {
        return mostUnderWay;
    }

    void tellOne() {
        Outcome outcome = untold.remove();
        toldEnd = Math.max(toldEnd, outcome.end());
        outcome.tell();
    }

    @Override
    public long append(long epoch, Group group, Completion completion) throws OutOfSpaceException {
        long start = journal.append(epoch, group, new Completion() {
            @Override
            public void durable(long end) {
                untold.add(new Outcome(completion, end, null));
            }

            @Override
            public void failed(Throwable cause) {
                untold.add(new Outcome(completion, -1, cause));
            }
        });
        mostUnderWay = Math.max(mostUnderWay, untold.size());
        return start;
    }

    @Override
    public long end() {
        return toldEnd;
    }

    @Override
    public long claim() throws IOException {
        return journal.claim();
    }

    @Override
    public void useReserve(boolean use) {
        journal.useReserve(use);
    }

    @Override
    public boolean hasSpace() {
        return journal.hasSpace();
    }

    @Override
    public long start() {
        return journal.start();
    }

    @Override
    public void read(long from, long to, FrameVisitor visitor) throws IOException {
        journal.read(from, to, visitor);
    }

    @Override
    public void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) throws IOException {
        journal.read(from, to, buffers, visitor);
    }

    @Override
    public AutoCloseable tail(TailListener listener) {
        return journal.tail(listener);
    }

    @Override
    public void snapshot(Snapshot snapshot) throws IOException {
        journal.snapshot(snapshot);
    }

    @Override
    public Optional<Snapshot> latestSnapshot() {
        return journal.latestSnapshot();
    }

    @Override
    public void truncate(long before) throws IOException {
        journal.truncate(before);
    }

    @Override
    public CompletableFuture<Void> beginWipe() {
        return journal.beginWipe();
    }

    @Override
    public void separate() throws OutOfSpaceException, IOException {
        journal.separate();
    }

    @Override
    public CompletableFuture<Void> endWipe() {
        return journal.endWipe();
    }

    @Override
    public @Nullable Throwable poison() {
        return journal.poison();
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
