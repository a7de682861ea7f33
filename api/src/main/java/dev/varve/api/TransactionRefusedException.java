package dev.varve.api;

/**
 * A refused transaction where the caller asked for the result and nothing else. Nothing was changed.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "4711");
 * try {
 *     store.transaction()
 *             .check(order, ExpectedVersion.exists())
 *             .event(order, NewEvent.json("OrderPaid", "{}"))
 *             .commit();
 * } catch (TransactionRefusedException e) {
 *     System.out.println(e.refusal().failures());
 * }
 * }</pre>
 */
public final class TransactionRefusedException extends VarveException {

    private static final long serialVersionUID = 1L;

    private final transient TransactionResult.Refused refusal;

    /**
     * Wraps a refusal.
     *
     * @param refusal the storage's answer
     */
    public TransactionRefusedException(TransactionResult.Refused refusal) {
        super(ErrorKind.CONFLICT, words(refusal));
        this.refusal = refusal;
    }

    private static String words(TransactionResult.Refused refusal) {
        TransactionResult.Failure first = refusal.failures().get(0);
        int more = refusal.failures().size() - 1;
        return "the transaction was refused: " + first.kind()
                + (first.index() < 0 ? "" : " at part " + first.index())
                + (more == 0 ? "" : ", and " + more + " more");
    }

    /**
     * The storage's answer with its fields.
     *
     * @return the refusal
     */
    public TransactionResult.Refused refusal() {
        return refusal;
    }
}
