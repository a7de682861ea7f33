package dev.varve.api;

/**
 * A {@link Refusal} where the caller asked for the result and nothing else. Nothing was changed.
 *
 * <pre>{@code
 * streams.close("log");
 * try {
 *     streams.append("log", "hello\n".getBytes(UTF_8));
 * } catch (RefusedException e) {
 *     System.out.println(e.kind() + " at " + e.refusal().offset());
 * }
 * }</pre>
 */
public final class RefusedException extends VarveException {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    /**
     * Wraps a refusal.
     *
     * @param refusal the storage's answer
     */
    public RefusedException(Refusal refusal) {
        super(refusal.kind(), refusal.detail());
        this.refusal = refusal;
    }

    /**
     * The storage's answer with its fields.
     *
     * @return the refusal
     */
    public Refusal refusal() {
        return refusal;
    }
}
