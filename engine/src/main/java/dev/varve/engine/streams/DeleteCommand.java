package dev.varve.engine.streams;

import dev.varve.api.DeleteResult;
import dev.varve.api.Refusal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a stream away: because a user says so, because it has expired, or because the last fork that needed a deleted
 * stream is gone. A stream that forks still need becomes unreachable and stays.
 */
final class DeleteCommand extends StreamCommand<DeleteResult> {

    /** Why a stream goes. */
    enum Cause {
        REQUEST,
        EXPIRY,
        LAST_FORK_GONE
    }

    private final String path;
    private final Cause cause;
    private final long incarnation;

    private DeleteCommand(StreamsFace face, String path, Cause cause, long incarnation) {
        super(face);
        this.path = path;
        this.cause = cause;
        this.incarnation = incarnation;
    }

    static DeleteCommand requested(StreamsFace face, String path) {
        return new DeleteCommand(face, path, Cause.REQUEST, 0);
    }

    /** Deletes a stream if it has expired by the time of the decision. */
    static DeleteCommand expired(StreamsFace face, StreamIdentity identity) {
        return new DeleteCommand(face, identity.path(), Cause.EXPIRY, identity.incarnation());
    }

    /** Deletes a stream that was deleted before and is not needed by forks any more. */
    static DeleteCommand unneeded(StreamsFace face, StreamIdentity identity) {
        return new DeleteCommand(face, identity.path(), Cause.LAST_FORK_GONE, identity.incarnation());
    }

    @Override
    public List<String> keys() {
        return List.of(path);
    }

    @Override
    public boolean freesSpace() {
        return true;
    }

    @Override
    public boolean prepare() {
        if (!know(path)) {
            return false;
        }
        Stream stream = decidedAt(path);
        return stream == null
                || stream.identity.origin() == null
                || know(stream.identity.origin().parent());
    }

    @Override
    void decide(long nowMillis) {
        Stream stream = decidedAt(path);
        Refusal refusal = refuse(stream);
        if (refusal != null || stream == null) {
            answerWith(refusal == null ? Refusal.notFound(path) : refusal);
            return;
        }
        boolean kept = stream.decided.forks() > 0;
        face.remove(this, stream, kept, cause != Cause.LAST_FORK_GONE, nowMillis);
        answerWith(new DeleteResult.Deleted(kept));
    }

    private @Nullable Refusal refuse(@Nullable Stream stream) {
        if (stream == null) {
            return Refusal.notFound(path);
        }
        boolean same = stream.identity.incarnation() == incarnation;
        return switch (cause) {
            case REQUEST -> face.unreachable(stream, path);
            case EXPIRY -> same && !stream.decided.removed() && face.hasExpired(stream) ? null : Refusal.notFound(path);
            case LAST_FORK_GONE ->
                same && stream.decided.removed() && stream.decided.forks() == 0 ? null : Refusal.notFound(path);
        };
    }
}
