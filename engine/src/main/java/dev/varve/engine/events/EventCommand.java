package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.shard.Command;
import dev.varve.engine.shard.DiskReads;
import dev.varve.engine.shard.FrameWriter;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A command of the events face. Collects effects while deciding, applies each to what is decided at once, and makes them visible when
 * they are durable.
 *
 * @param <R> the answer
 */
abstract class EventCommand<R> extends Command {

    /** What a command weighs beside its data: itself, its request and its future. */
    private static final int FIXED_WEIGHT_BYTES = 1024;

    final EventsFace face;
    final String store;
    final CompletableFuture<R> future = new CompletableFuture<>();

    private final List<EventsFace.Decided> effects = new ArrayList<>(2);
    private Stores.@Nullable Creation creation;
    private @Nullable R result;
    private @Nullable VarveException failure;

    /** Aggregates that were looked up, as long as nothing that was read is outdated. */
    private final Map<AggregateId, AggregateHead> known = new HashMap<>();

    private long knownSince = -1;
    private boolean loading;

    EventCommand(EventsFace face, String store) {
        this.face = face;
        this.store = store;
    }

    // ---- knowing

    /**
     * Whether something is being read, or has failed to be, so that nothing else is to be looked for. Forgets what may be
     * outdated.
     */
    final boolean isBusy() {
        if (!loading && failure == null && knownSince != face.retirements()) {
            knownSince = face.retirements();
            known.clear();
            forget();
        }
        return loading || failure != null;
    }

    /** What {@link #prepare} gives when {@link #isBusy}: whether this goes on, with its failure. */
    final boolean isReady() {
        return !loading;
    }

    /** Lets go of what was read otherwise. */
    void forget() {}

    /** Reads what the decision needs; {@link #prepare} is asked again then. */
    final <T> void load(DiskReads.Read<T> read, Consumer<T> loaded) {
        loadInTasks(read::run, loaded);
    }

    /** As {@link #load}, of much. */
    final <T> void loadInTasks(DiskReads.InTasks<T> read, Consumer<T> loaded) {
        loading = true;
        face.disk()
                .forOwnerInTasks(
                        face.sequencer(),
                        read,
                        value -> {
                            loading = false;
                            loaded.accept(value);
                        },
                        cause -> {
                            loading = false;
                            failWith(cause);
                        });
    }

    /** Whether the aggregates are known; reads them if not. */
    final boolean knows(EventLog log, Collection<AggregateId> aggregates) {
        Set<AggregateId> missing = null;
        for (AggregateId aggregate : aggregates) {
            if (!isKnown(log, aggregate)) {
                missing = missing == null ? new HashSet<>() : missing;
                missing.add(aggregate);
            }
        }
        if (missing == null) {
            return true;
        }
        Set<AggregateId> wanted = missing;
        long since = knownSince;
        load(
                () -> {
                    Map<AggregateId, AggregateHead> found = new HashMap<>();
                    for (AggregateId aggregate : wanted) {
                        found.put(aggregate, LogReader.load(face.state(), log, aggregate));
                    }
                    return found;
                },
                found -> {
                    if (since == face.retirements()) {
                        known.putAll(found);
                    }
                });
        return false;
    }

    private boolean isKnown(EventLog log, AggregateId aggregate) {
        if (log.decidedHeads.containsKey(aggregate) || known.containsKey(aggregate)) {
            return true;
        }
        byte[] key = log.inState ? Keys.aggregate(log.store, aggregate) : null;
        if (key == null || face.state().surelyAbsent(Table.EVENT_AGGREGATES, key)) {
            known.put(aggregate, AggregateHead.EMPTY);
            return true;
        }
        byte[] row = face.state().getIfInMemory(Table.EVENT_AGGREGATES, key);
        if (row != null) {
            known.put(aggregate, AggregateHead.decode(ByteBuffer.wrap(row)));
        }
        return row != null;
    }

    /** An aggregate as it is decided; {@link #knows} has said yes. */
    final AggregateHead head(@Nullable EventLog log, AggregateId aggregate) {
        AggregateHead decided = log == null ? null : log.decidedHeads.get(aggregate);
        return decided != null ? decided : known.getOrDefault(aggregate, AggregateHead.EMPTY);
    }

    /** The log of the store as it is decided; null when there is no such store. */
    final @Nullable EventLog decidedLog() {
        long number = face.stores().decided(store);
        return number == Stores.NONE ? null : face.log(number);
    }

    // ---- deciding

    final void answerWith(R value) {
        result = value;
    }

    final void failWith(VarveException value) {
        failure = value;
    }

    /** What this came to, once it is decided; null when it failed. */
    public final @Nullable R result() {
        return result;
    }

    /** Why this cannot even be refused, or null. */
    public final @Nullable VarveException failure() {
        return failure;
    }

    final void change(Effect effect) {
        change(effect, List.of());
    }

    /** As the other, of an append; what is read of its events is known. */
    final void change(Effect effect, List<EventFormat.Head> made) {
        try {
            effects.add(face.apply(effect, made, aggregate -> known.getOrDefault(aggregate, AggregateHead.EMPTY)));
        } catch (IOException e) {
            throw new IllegalStateException("what is known cannot fail to be read", e);
        }
    }

    /** The log to write to; null when nothing can be written, which is answered then. */
    final @Nullable EventLog logToWrite() {
        EventLog log = decidedLog();
        VarveException refusal =
                log == null ? Stores.notFound(store) : face.stores().refusal(store);
        if (refusal != null) {
            failWith(refusal);
            return null;
        }
        return log;
    }

    /** The log of the store, which is created when it is not there. */
    final EventLog logOrNew(Supplier<UUID> freshId, long nowMillis) {
        EventLog log = decidedLog();
        if (log != null) {
            return log;
        }
        creation = face.stores().create(store, freshId.get(), nowMillis);
        return face.log(creation.number());
    }

    @Override
    public List<String> keys() {
        return List.of(Stores.eventsKey(store));
    }

    @Override
    public int weightBytes() {
        return FIXED_WEIGHT_BYTES;
    }

    @Override
    public final void decide(FrameWriter writer, long nowMillis) {
        if (failure != null) {
            return;
        }
        decide(nowMillis);
        if (effects.isEmpty() && creation == null) {
            return;
        }
        ByteBuffer out = writer.begin(encodedBytesAtMost());
        encode(writer, out);
        writer.end();
    }

    /** An upper bound of what the effects take in a frame; 0 without any. */
    public final int encodedBytesAtMost() {
        int size = creation == null ? 0 : creation.encodedBytesAtMost();
        for (EventsFace.Decided decided : effects) {
            size = Math.addExact(size, decided.effect().encodedBytesAtMost());
        }
        return size;
    }

    /** Writes the effects. */
    public final void encode(FrameWriter writer, ByteBuffer out) {
        if (creation != null) {
            creation.encode(out);
        }
        for (EventsFace.Decided decided : effects) {
            decided.effect().encode(out);
        }
    }

    /** Decides: {@link #change} for every effect, {@link #answerWith} or {@link #failWith} for the answer. */
    abstract void decide(long nowMillis);

    @Override
    public final void publish(long position, long end) {
        if (creation != null) {
            creation.publish();
        }
        face.publish(effects);
    }

    @Override
    public final void answer() {
        if (failure != null) {
            future.completeExceptionally(failure);
        } else {
            future.complete(Objects.requireNonNull(result, "decided nothing"));
        }
    }

    @Override
    public final void fail(VarveException cause) {
        future.completeExceptionally(cause);
    }
}
