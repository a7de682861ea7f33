package dev.varve.engine.entries;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.Command;
import dev.varve.engine.shard.FrameWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A command of the entries face. Collects effects while deciding, applies each to the decided state at once, and makes
 * them visible when they are durable.
 *
 * @param <R> the answer
 */
abstract class EntryCommand<R> extends Command {

    /** What a command weighs beside its values: itself, its request and its future. */
    private static final int FIXED_WEIGHT_BYTES = 1024;

    final EntriesFace face;
    final String store;
    final CompletableFuture<R> future = new CompletableFuture<>();

    private final List<Effect> effects = new ArrayList<>(1);
    private Overlay after = Overlay.EMPTY;
    private @Nullable R result;
    private @Nullable VarveException failure;

    EntryCommand(EntriesFace face, String store) {
        this.face = face;
        this.store = store;
    }

    static VarveException isBeingCopied(String store) {
        return new VarveException(
                ErrorKind.OVERLOADED, "the store " + store + " is being made as a copy of another; try again");
    }

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
        effects.add(effect);
        face.apply(effect);
    }

    /** Changes of a store that were decided one on the other. */
    final void changed(StoreState state, List<Change> changes, Overlay next) {
        for (Change change : changes) {
            effects.add(new Effect.Changed(state.number, change));
        }
        face.apply(state, changes, next);
    }

    @Override
    public final List<String> keys() {
        return List.of(Stores.entriesKey(store));
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
        StoreState known = face.decidedStore(store);
        if (known != null && known.clone != null) {
            failWith(isBeingCopied(store));
            return;
        }
        decide(nowMillis);
        if (effects.isEmpty()) {
            return;
        }
        ByteBuffer out = writer.begin(encodedBytesAtMost());
        encode(writer, out);
        writer.end();
    }

    /** An upper bound of what the effects take in a frame; 0 without any. */
    public final int encodedBytesAtMost() {
        int size = 0;
        for (Effect effect : effects) {
            size = Math.addExact(size, effect.encodedBytesAtMost());
        }
        return size;
    }

    /** Writes the effects: from here on they are on their way to the disk. */
    public final void encode(FrameWriter writer, ByteBuffer out) {
        after = face.decided();
        face.submitted();
        for (Effect effect : effects) {
            effect.encode(out);
        }
    }

    /** Decides: {@link #change} for every effect, {@link #answerWith} or {@link #failWith} for the answer. */
    abstract void decide(long nowMillis);

    @Override
    public final void publish(long position, long end) {
        face.publish(effects, after);
    }

    @Override
    public final void answer() {
        R value = result;
        if (failure != null) {
            future.completeExceptionally(failure);
        } else if (value == null) {
            future.completeExceptionally(new IllegalStateException(getClass() + " decided nothing"));
        } else {
            future.complete(value);
        }
    }

    @Override
    public final void fail(VarveException cause) {
        future.completeExceptionally(cause);
    }
}
