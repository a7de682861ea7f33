package dev.varve.engine.events;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.VarveException;
import org.jspecify.annotations.Nullable;

/** Notes how far a reader of the log has come, or forgets it. Answers with what stood there before, or stands there now. */
final class CheckpointCommand extends EventCommand<CheckpointCommand.Answer> {

    /** What stands at a name: after saving; before forgetting. */
    record Answer(@Nullable Long position) {}

    private final String name;
    private final @Nullable Long position;

    /**
     * A command.
     *
     * @param position how far; null to forget
     */
    CheckpointCommand(EventsFace face, String store, String name, @Nullable Long position) {
        super(face, store);
        this.name = name;
        this.position = position;
    }

    static VarveException tooMany(String store) {
        return new VarveException(
                ErrorKind.LIMIT_EXCEEDED,
                "the store " + store + " has " + EventStorage.MAX_CHECKPOINTS
                        + " checkpoints, as many as it may; delete one that is not needed");
    }

    @Override
    public boolean freesSpace() {
        return position == null;
    }

    @Override
    public boolean prepare() {
        return true;
    }

    @Override
    void decide(long nowMillis) {
        EventLog log = logToWrite();
        if (log == null) {
            return;
        }
        Long before = log.decidedCheckpoints.get(name);
        if (position == null) {
            if (before != null) {
                change(new Effect.Checkpoint(log.store, name, null));
            }
            answerWith(new Answer(before));
        } else if (before != null && before >= position) {
            answerWith(new Answer(before));
        } else if (log.hasRoomFor(name, EventStorage.MAX_CHECKPOINTS)) {
            change(new Effect.Checkpoint(log.store, name, position));
            answerWith(new Answer(position));
        } else {
            failWith(tooMany(store));
        }
    }
}
