package dev.varve.bench;

import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.apache.pekko.actor.Props;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.persistence.Recovery;
import org.apache.pekko.persistence.RecoveryCompleted;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** A persistent actor with one event under way at a time. It counts what it recovers from, and keeps none of it. */
final class PersistingActor extends AbstractPersistentActor {

    /**
     * Has events persisted, each after the one before was confirmed.
     *
     * @param end no event begins at or after that time; one that is confirmed later does not count
     * @param most no more events than that
     * @param latencyNanos gets a value for each event that counts; not touched any more once {@code done} is complete
     * @param done how many counted
     */
    record Turn(long end, long most, Histogram latencyNanos, CompletableFuture<Long> done) {}

    /** Comes by way of the mailbox, as the commands of programs do. */
    private record Next(Turn turn) {}

    private final String id;
    private final String event;
    private final CompletableFuture<Long> recovered;
    private long replayed;
    private @Nullable Turn turn;
    private long confirmed;

    private PersistingActor(String id, String event, CompletableFuture<Long> recovered) {
        this.id = id;
        this.event = event;
        this.recovered = recovered;
    }

    /**
     * One of that persistence id.
     *
     * @param event what it persists, again and again
     * @param recovered from how many events, as soon as it is
     */
    static Props props(String id, String event, CompletableFuture<Long> recovered) {
        return Props.create(PersistingActor.class, () -> new PersistingActor(id, event, recovered));
    }

    @Override
    public String persistenceId() {
        return id;
    }

    /** From its events alone. */
    @Override
    public Recovery recovery() {
        return Recovery.create(SnapshotSelectionCriteria.none());
    }

    @Override
    public Receive createReceiveRecover() {
        return receiveBuilder()
                .match(String.class, past -> replayed++)
                .match(RecoveryCompleted.class, completed -> recovered.complete(replayed))
                .build();
    }

    @Override
    public Receive createReceive() {
        return receiveBuilder()
                .match(Turn.class, this::begin)
                .match(Next.class, next -> next(next.turn))
                .build();
    }

    private void begin(Turn begun) {
        turn = begun;
        confirmed = 0;
        next(begun);
    }

    private void next(Turn now) {
        long sentAt = System.nanoTime();
        if (sentAt >= now.end || confirmed == now.most) {
            now.done.complete(confirmed);
            return;
        }
        persist(event, kept -> confirmed(now, sentAt));
    }

    private void confirmed(Turn now, long sentAt) {
        long confirmedAt = System.nanoTime();
        if (confirmedAt < now.end) {
            now.latencyNanos.recordValue(confirmedAt - sentAt);
            confirmed++;
        }
        self().tell(new Next(now), self());
    }

    @Override
    public void onPersistFailure(Throwable cause, Object failed, long sequenceNr) {
        fail(cause);
    }

    @Override
    public void onPersistRejected(Throwable cause, Object rejected, long sequenceNr) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        Turn now = turn;
        if (now != null) {
            now.done.completeExceptionally(cause);
        }
    }

    @Override
    public void onRecoveryFailure(Throwable cause, Option<Object> at) {
        recovered.completeExceptionally(cause);
    }
}
