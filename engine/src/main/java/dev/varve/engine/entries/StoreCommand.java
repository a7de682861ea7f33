package dev.varve.engine.entries;

import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.util.Objects;
import java.util.UUID;

/** Creates a store, has it take no writes any more, or deletes it. */
final class StoreCommand extends EntryCommand<StoreInfo> {

    /** What becomes of a store. */
    enum Action {
        CREATE,
        ARCHIVE,
        DELETE
    }

    private final Action action;
    private final UUID id;

    /**
     * A command.
     *
     * @param id of the store, if it is created
     */
    StoreCommand(EntriesFace face, String store, Action action, UUID id) {
        super(face, store);
        this.action = action;
        this.id = id;
    }

    static VarveException notFound(String name) {
        return new VarveException(ErrorKind.NOT_FOUND, "there is no store " + name);
    }

    @Override
    public boolean freesSpace() {
        return action != Action.CREATE;
    }

    @Override
    public boolean prepare() {
        return true;
    }

    @Override
    void decide(long nowMillis) {
        StoreState known = face.decidedStore(store);
        if (action == Action.CREATE) {
            if (known != null) {
                failWith(new VarveException(ErrorKind.ALREADY_EXISTS, "there is a store " + store + " already"));
                return;
            }
            VarveException over = face.storeOverQuota(store);
            if (over != null) {
                failWith(over);
                return;
            }
            change(new Effect.StoreCreated(face.nextStore(), id, store, nowMillis));
            answerWith(Objects.requireNonNull(face.decidedStore(store)).decidedInfo(false));
            return;
        }
        if (known == null) {
            failWith(notFound(store));
            return;
        }
        boolean archived = known.decidedArchived || action == Action.ARCHIVE;
        answerWith(known.decidedInfo(archived));
        if (action == Action.DELETE) {
            change(new Effect.StoreDeleted(known.number));
        } else if (!known.decidedArchived) {
            change(new Effect.StoreArchived(known.number));
        }
    }
}
