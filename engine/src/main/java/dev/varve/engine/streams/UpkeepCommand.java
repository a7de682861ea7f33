package dev.varve.engine.streams;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes one stream, if it is still there, without anybody waiting: an access written down, or data trimmed. */
final class UpkeepCommand extends StreamCommand<Boolean> {

    private final StreamIdentity identity;
    private final boolean frees;
    private final Function<StreamHead, @Nullable Effect> decision;

    private UpkeepCommand(
            StreamsFace face, StreamIdentity identity, boolean frees, Function<StreamHead, @Nullable Effect> decision) {
        super(face);
        this.identity = identity;
        this.frees = frees;
        this.decision = decision;
    }

    static UpkeepCommand touch(StreamsFace face, StreamIdentity identity, long millis) {
        return new UpkeepCommand(
                face,
                identity,
                false,
                head -> millis > head.touchedMillis() ? new Effect.Touched(identity.incarnation(), millis) : null);
    }

    static UpkeepCommand trim(StreamsFace face, StreamIdentity identity, StreamHead.Kept left) {
        return new UpkeepCommand(
                face,
                identity,
                true,
                head -> left.earliest() > head.earliest() && left.earliest() <= head.tail()
                        ? new Effect.Trimmed(identity.incarnation(), left)
                        : null);
    }

    @Override
    public List<String> keys() {
        return List.of(identity.path());
    }

    @Override
    public boolean freesSpace() {
        return frees;
    }

    @Override
    public boolean prepare() {
        // By its path: a stream that was deleted meanwhile may still be found by its number.
        return know(identity.path());
    }

    @Override
    void decide(long nowMillis) {
        Stream stream = face.table.byIncarnation(identity.incarnation());
        Effect effect = stream == null || stream.decidedGone ? null : decision.apply(stream.decided);
        if (stream != null && effect != null) {
            change(stream, effect, nowMillis);
        }
        answerWith(effect != null);
    }
}
