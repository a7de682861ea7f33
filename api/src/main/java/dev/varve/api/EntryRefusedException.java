package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * A refused write where the caller asked for the result and nothing else. Nothing was changed.
 *
 * <pre>{@code
 * EntryPath title = EntryPath.of("links", "dust", "title");
 * try {
 *     entries.write(EntryOp.set(title, EntryValue.of("Dust, live")).onlyIfAbsent());
 * } catch (EntryRefusedException e) {
 *     System.out.println(e.refusal().reason() + ": somebody was here at revision " + e.currentRevision());
 * }
 * }</pre>
 */
public final class EntryRefusedException extends VarveException {

    private static final long serialVersionUID = 1L;

    private final transient EntryWriteResult.Refused refusal;

    /**
     * Wraps a refusal.
     *
     * @param refusal the storage's answer
     */
    public EntryRefusedException(EntryWriteResult.Refused refusal) {
        super(kind(refusal.reason()), words(refusal));
        this.refusal = refusal;
    }

    private static ErrorKind kind(EntryWriteResult.Reason reason) {
        return switch (reason) {
            case CONFLICT, EXISTS, HELD, OCCUPIED, NOT_HELD, FENCED -> ErrorKind.CONFLICT;
            case STORE_ARCHIVED -> ErrorKind.CLOSED;
            default -> ErrorKind.INVALID_PARAMS;
        };
    }

    private static String words(EntryWriteResult.Refused refusal) {
        String current = refusal.currentRevision() == null ? "" : ", which is at revision " + refusal.currentRevision();
        return "the write was refused at " + refusal.path() + current + ": "
                + refusal.reason().wireName();
    }

    /**
     * What stands where the condition was.
     *
     * @return the revision; null when there is nothing, and where the reason is another than {@link
     *     EntryWriteResult.Reason#CONFLICT} and {@link EntryWriteResult.Reason#EXISTS}
     */
    public @Nullable Long currentRevision() {
        return refusal.currentRevision();
    }

    /** Whether something else stands there than the writer wanted, which is a common thing to happen. */
    boolean isConflict() {
        return refusal.reason() == EntryWriteResult.Reason.CONFLICT
                || refusal.reason() == EntryWriteResult.Reason.EXISTS;
    }

    /**
     * The storage's answer with its fields.
     *
     * @return the refusal
     */
    public EntryWriteResult.Refused refusal() {
        return refusal;
    }
}
