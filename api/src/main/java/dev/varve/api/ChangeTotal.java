package dev.varve.api;

/** What one change of a counter or a set came to. Stateless. */
final class ChangeTotal {

    private ChangeTotal() {}

    /**
     * Tells what stands there now.
     *
     * @param result of a write of this change alone
     * @throws EntryRefusedException when it was refused
     * @throws VarveException {@link ErrorKind#TIMEOUT} when it was made, and what it came to is not known
     */
    static EntryValue of(EntryWriteResult result) {
        if (result instanceof EntryWriteResult.Refused refused) {
            throw new EntryRefusedException(refused);
        }
        EntryWriteResult.Applied made =
                ((EntryWriteResult.Written) result).ops().get(0);
        EntryValue total = made.value();
        if (total == null) {
            throw new VarveException(
                    ErrorKind.TIMEOUT,
                    "change " + made.storeSeq() + " was made at " + made.path()
                            + ", but what it came to could not be read; do not make it again");
        }
        return total;
    }
}
