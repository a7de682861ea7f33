package dev.varve.api;

/**
 * A refused append where the caller asked for the result and nothing else. Nothing was changed.
 *
 * <pre>{@code
 * try {
 *     store.events().append(new AggregateId("order", "1"), ExpectedVersion.exists(), NewEvent.json("OrderPaid", "{}"));
 * } catch (EventsRefusedException e) {
 *     System.out.println(e.getMessage() + ": " + e.refusal().violations());
 * }
 * }</pre>
 *
 * <p>The message of a version that was not the expected one is exactly {@code wrong expected version}.
 */
public final class EventsRefusedException extends VarveException {

    private static final long serialVersionUID = 1L;

    private final transient EventAppendResult.Refused refusal;

    /**
     * Wraps a refusal.
     *
     * @param refusal the storage's answer
     */
    public EventsRefusedException(EventAppendResult.Refused refusal) {
        super(refusal.reason().kind(), refusal.reason().words());
        this.refusal = refusal;
    }

    /**
     * The storage's answer with its fields.
     *
     * @return the refusal
     */
    public EventAppendResult.Refused refusal() {
        return refusal;
    }
}
