package dev.varve.pekko;

import com.typesafe.config.Config;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import scala.concurrent.Future;

/**
 * Keeps what persistent actors persist as events of a Varve: each persistence id is an aggregate, whose versions are one less than the
 * sequence numbers. Made by Pekko where the configuration says {@code pekko.persistence.journal.plugin = varve-journal}.
 *
 * <p>What was written is durable before an actor is told so. A writer that does not know what another one has written under the same persistence
 * id is refused, and its actor stopped. Events that cannot be serialized, or are larger than Varve takes, are rejected alone. Deleting
 * truncates the aggregate; the highest sequence number stays. What actors persist while other writes are under way goes together. No thread of
 * an actor waits for the store.
 */
final class VarveJournal extends AsyncWriteJournal {

    private final Executor blocking;
    private final PersistenceIds ids;
    private final PersistentEvents events;
    private final Connections connections;
    private final Config config;
    private final GatheredAppends gathered;
    /** By persistence id the last write that is under way: reading the highest sequence number waits for it. */
    private final ConcurrentMap<String, CompletableFuture<?>> writing = new ConcurrentHashMap<>();

    /** Called by Pekko with the block of the configuration that names this class. */
    VarveJournal(Config plugin) {
        ExtendedActorSystem system = (ExtendedActorSystem) context().system();
        this.connections = Connections.of(system);
        this.config = connections.complete(plugin);
        this.blocking = system.dispatchers().lookup(config.getString("blocking-dispatcher"));
        this.ids = new PersistenceIds(config.getString("category"));
        this.events = new PersistentEvents(system);
        this.gathered = new GatheredAppends(
                append -> connections.events(config, blocking).thenCompose(store -> store.appendAsync(append)),
                context().dispatcher());
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        WriteBatch batch = WriteBatch.of(messages, ids, events);
        String persistenceId = messages.iterator().next().persistenceId();
        CompletableFuture<?> before = writing.getOrDefault(persistenceId, CompletableFuture.completedFuture(null));
        CompletableFuture<?> written =
                before.handle((result, failure) -> failure).thenCompose(ended -> append(batch.appends()));
        writing.put(persistenceId, written);
        return ScalaFutures.of(written.handle((result, failure) -> {
                    writing.remove(persistenceId, written);
                    return failure;
                })
                .thenCompose(ended -> written)
                .thenApply(all -> batch.answers()));
    }

    /** One after the other; the first that fails ends it. */
    private CompletableFuture<?> append(List<EventAppend> appends) {
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (EventAppend append : appends) {
            last = last.thenCompose(done -> gathered.append(append)).thenAccept(VarveJournal::requireAppended);
        }
        return last;
    }

    private static void requireAppended(EventAppendResult result) {
        if (result instanceof EventAppendResult.Refused refused) {
            throw new EventsRefusedException(refused);
        }
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        AggregateId aggregate = ids.aggregate(persistenceId);
        return waiting(store -> truncate(store, aggregate, toSequenceNr));
    }

    /** The first sequence number that is left is one more, which is the version with the same number. */
    private static void truncate(EventStore store, AggregateId aggregate, long toSequenceNr) {
        while (true) {
            AggregateInfo info = store.aggregate(aggregate);
            long before = Math.min(toSequenceNr, info.version() + 1);
            if (before <= info.settings().truncateBefore()) {
                return;
            }
            try {
                store.configure(aggregate, info.settings().withTruncateBefore(before), info.settingsRevision());
                return;
            } catch (VarveException e) {
                if (e.kind() != ErrorKind.CONFLICT) {
                    throw e;
                }
                // Somebody else has changed the settings meanwhile.
            }
        }
    }

    @Override
    public Future<Void> doAsyncReplayMessages(
            String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replay) {
        return waiting(store -> replay(store, persistenceId, Math.max(1, from), to, max, replay));
    }

    private void replay(
            EventStore store, String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replay) {
        long left = to < from ? 0 : max;
        EventRead read =
                EventRead.of(ids.aggregate(persistenceId)).after(from - 2).upTo(to - 1);
        while (left > 0) {
            EventSlice slice = store.read(read.withLimit((int) Math.min(left, EventRead.MAX_LIMIT)));
            for (StoredEvent event : slice.events()) {
                PersistentRepr message = events.read(persistenceId, event);
                if (message != null) {
                    replay.accept(message);
                    left--;
                }
            }
            if (!slice.more()) {
                return;
            }
            read = read.next(slice);
        }
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        CompletableFuture<?> before = writing.getOrDefault(persistenceId, CompletableFuture.completedFuture(null));
        AggregateId aggregate = ids.aggregate(persistenceId);
        return ScalaFutures.of(before.handle((result, failure) -> failure)
                .thenCompose(ended -> connections.events(config, blocking))
                .thenApplyAsync(store -> store.aggregate(aggregate).version() + 1, blocking));
    }

    private Future<Void> waiting(Consumer<EventStore> call) {
        return ScalaFutures.of(connections.events(config, blocking).thenAcceptAsync(call, blocking));
    }
}
