package dev.varve.engine.entries;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.Objects;
import java.util.UUID;

/** Decides of which moment a store is copied, and under which name. The copy itself is made by the next checkpoint. */
final class CloneCommand extends EntryCommand<StoreClone> {

    private final String newName;
    private final UUID id;

    /**
     * A command.
     *
     * @param store which is copied
     * @param newName of the copy
     * @param id of the copy
     */
    CloneCommand(EntriesFace face, String store, String newName, UUID id) {
        super(face, store);
        this.newName = newName;
        this.id = id;
    }

    @Override
    public boolean prepare() {
        return true;
    }

    @Override
    void decide(long nowMillis) {
        StoreState source = face.decidedStore(store);
        if (source == null) {
            failWith(StoreCommand.notFound(store));
            return;
        }
        if (face.decidedStore(newName) != null) {
            failWith(new VarveException(ErrorKind.ALREADY_EXISTS, "there is a store " + newName + " already"));
            return;
        }
        VarveException overStores = face.storeOverQuota(newName);
        VarveException over = overStores != null
                ? overStores
                : face.quotasOf(newName).refusalOfCopy(source.name, source.decidedTotals);
        if (over != null) {
            failWith(over);
            return;
        }
        if (face.isFullOfClones()) {
            failWith(new VarveException(
                    ErrorKind.OVERLOADED,
                    "there are " + EntriesFace.MAX_CLONES + " stores being cloned already; try again"));
            return;
        }
        change(new Effect.StoreCloned(face.nextStore(), source.number, id, newName, nowMillis));
        answerWith(Objects.requireNonNull(Objects.requireNonNull(face.decidedStore(newName)).clone));
    }
}
