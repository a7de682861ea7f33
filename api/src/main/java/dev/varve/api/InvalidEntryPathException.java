package dev.varve.api;

/**
 * A path or pattern of entries that cannot be one. Nothing was asked of any store. Immutable.
 *
 * <pre>{@code
 * try {
 *     EntryPath path = EntryPath.parse("links//title");
 *     System.out.println(path.segments());
 * } catch (InvalidEntryPathException e) {
 *     System.out.println(e.reason()); // empty_segment
 * }
 * }</pre>
 */
public final class InvalidEntryPathException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    /** Nothing at all. */
    public static final String EMPTY_PATH = "empty_path";

    /** A slash at the beginning, at the end, or two in a row. */
    public static final String EMPTY_SEGMENT = "empty_segment";

    /** A tilde that neither {@code 0} nor {@code 1} follows. */
    public static final String INVALID_ESCAPE = "invalid_escape";

    /** Text that is not Unicode, or holds the character U+0000. */
    public static final String INVALID_CHARACTER = "invalid_character";

    /** More bytes or segments than {@link EntryPath} allows. */
    public static final String PATH_TOO_LONG = "path_too_long";

    /** A {@code **} anywhere but at the end of a pattern. */
    public static final String WILDCARD_MANY_NOT_TAIL = "wildcard_many_not_tail";

    /** One of the constants. */
    private final String reason;

    InvalidEntryPathException(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    /**
     * Why, in the word that the protocol uses.
     *
     * @return one of the constants of this class
     */
    public String reason() {
        return reason;
    }
}
