package dev.varve.engine.streams;

import dev.varve.api.VarveException;
import dev.varve.engine.shard.Command;
import dev.varve.engine.shard.FrameWriter;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A command of the streams face. Collects changes while deciding, applies each to the decided state at once, and makes
 * them visible when they are durable.
 *
 * @param <R> the answer
 */
abstract class StreamCommand<R> extends Command {

    private static final Logger LOG = System.getLogger(StreamCommand.class.getName());

    /** What a command weighs beside its body: itself, its request and its future. */
    static final int FIXED_WEIGHT_BYTES = 512;

    final StreamsFace face;

    private final List<Change> changes = new ArrayList<>(1);
    private @Nullable R result;
    private @Nullable VarveException failure;

    /** Takes the answer, once; null when nobody waits for one, or any more. */
    private @Nullable BiConsumer<? super @Nullable R, ? super @Nullable Throwable> listener;

    /** Streams that had to be loaded for this command, and must stay until it is decided. */
    private List<Stream> pinned = List.of();

    private boolean waited;

    StreamCommand(StreamsFace face) {
        this.face = face;
    }

    /** Has the result, or why there is none, told to somebody on whatever thread finds out. Before the command is submitted. */
    final void tell(BiConsumer<? super @Nullable R, ? super @Nullable Throwable> asking) {
        listener = asking;
    }

    /** Has the answer put into a future. Before the command is submitted. */
    final CompletableFuture<R> future() {
        CompletableFuture<R> future = new CompletableFuture<>();
        tell((value, cause) -> {
            if (value != null) {
                future.complete(value);
            } else if (cause != null) {
                future.completeExceptionally(cause);
            }
        });
        return future;
    }

    /** What the command was found to come to, without looking at the log. */
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

    /** Makes sure that the stream at a path is known. Gives false when that takes time. */
    final boolean know(String path) {
        if (failure != null) {
            return true;
        }
        return switch (face.table.know(path)) {
            case KNOWN -> known(face.table.find(path));
            case LOADING -> unknown();
            case FAILED -> {
                failWith(face.table.failure(path));
                yield true;
            }
        };
    }

    /** Makes sure that a stream is in memory. Gives false when that takes time. */
    final boolean know(long incarnation) {
        if (failure != null) {
            return true;
        }
        return switch (face.table.know(incarnation)) {
            case KNOWN -> known(face.table.byIncarnation(incarnation));
            case LOADING -> unknown();
            case FAILED -> {
                failWith(face.table.failure(incarnation));
                yield true;
            }
        };
    }

    private boolean unknown() {
        waited = true;
        return false;
    }

    /** While one stream is loaded, the others that the command needs stay in memory, or it would never have all of them. */
    private boolean known(@Nullable Stream stream) {
        if (waited && stream != null && !pinned.contains(stream)) {
            if (pinned.isEmpty()) {
                pinned = new ArrayList<>(2);
            }
            pinned.add(stream);
            stream.pins++;
        }
        return true;
    }

    final void unpin() {
        for (int i = 0; i < pinned.size(); i++) {
            pinned.get(i).pins--;
        }
        pinned = List.of();
    }

    /** The stream at a path as decided so far, or null. */
    final @Nullable Stream decidedAt(String path) {
        Stream stream = face.table.find(path);
        if (stream == null || stream.decidedGone) {
            return null;
        }
        stream.use();
        return stream;
    }

    final void change(Stream stream, Effect effect, long nowMillis) {
        changes.add(new Change(stream, effect, face.apply(stream, effect, nowMillis)));
    }

    @Override
    public final void decide(FrameWriter writer, long nowMillis) {
        unpin();
        if (failure != null) {
            return;
        }
        decide(nowMillis);
        if (changes.isEmpty()) {
            return;
        }
        ByteBuffer out = writer.begin(encodedBytesAtMost());
        encode(writer, out);
        writer.end();
    }

    /** An upper bound of what the effects take in a frame; 0 without any. */
    public final int encodedBytesAtMost() {
        int size = 0;
        for (int i = 0; i < changes.size(); i++) {
            size += changes.get(i).effect.encodedBytesAtMost();
        }
        return size;
    }

    /** Writes the effects. */
    public final void encode(FrameWriter writer, ByteBuffer out) {
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            change.effectOffset = writer.effectOffset(out);
            change.effect.encode(out);
        }
    }

    /** Decides: {@link #change} for every effect, {@link #answerWith} for the answer. */
    abstract void decide(long nowMillis);

    @Override
    public final void publish(long position, long end) {
        for (int i = 0; i < changes.size(); i++) {
            face.publish(changes.get(i), position, end);
        }
    }

    @Override
    public final void answer() {
        if (failure != null) {
            tell(null, failure);
        } else if (result == null) {
            tell(null, new IllegalStateException(getClass() + " decided nothing"));
        } else {
            tell(result, null);
        }
    }

    @Override
    public final void fail(VarveException cause) {
        unpin();
        tell(null, cause);
    }

    private void tell(@Nullable R value, @Nullable Throwable cause) {
        var waiting = listener;
        listener = null;
        if (waiting == null) {
            return;
        }
        try {
            waiting.accept(value, cause);
        } catch (RuntimeException | Error fault) {
            // The answer stands. Whose fault this is, it is not the log's.
            LOG.log(Logger.Level.ERROR, "whoever waited for " + getClass().getSimpleName() + " failed", fault);
        }
    }

    @Override
    public int weightBytes() {
        return FIXED_WEIGHT_BYTES;
    }
}
