package dev.varve.api;

/**
 * Which aggregate of an event store. Its type is also the category that its events belong to. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "4711");
 * store.events().append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{\"total\": 12}"));
 * }</pre>
 *
 * @param type what it is, for example {@code order}: 1 to {@link #MAX_TYPE_BYTES} bytes of UTF-8, without a slash, not
 *     beginning with two underscores
 * @param id which one of its type: 1 to {@link #MAX_ID_BYTES} bytes of UTF-8, slashes allowed
 */
public record AggregateId(String type, String id) implements Comparable<AggregateId> {

    /** The longest type, in bytes of UTF-8, inclusive. */
    public static final int MAX_TYPE_BYTES = 256;

    /** The longest id, in bytes of UTF-8, inclusive. */
    public static final int MAX_ID_BYTES = 1024;

    /**
     * Checks both.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when one is empty, too long, no Unicode, or holds control
     *     characters, or when the type holds a slash or begins with two underscores
     */
    public AggregateId {
        EventTexts.check("the type of an aggregate", type, MAX_TYPE_BYTES);
        EventTexts.check("the id of an aggregate", id, MAX_ID_BYTES);
        if (type.indexOf('/') >= 0 || type.startsWith("__")) {
            throw EventTexts.invalid("the type of an aggregate must hold no slash and not begin with __, was " + type);
        }
    }

    /**
     * Reads the written form.
     *
     * @param text the type, a slash, and the id, which may hold further slashes
     * @return the aggregate
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when that is none
     */
    public static AggregateId parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw EventTexts.invalid("an aggregate is written type/id, was " + text);
        }
        return new AggregateId(text.substring(0, slash), text.substring(slash + 1));
    }

    /** In the order of types, then of ids, each as bytes of UTF-8. */
    @Override
    public int compareTo(AggregateId other) {
        int types = compare(type, other.type);
        return types != 0 ? types : compare(id, other.id);
    }

    /** As their bytes compare: half a character stands for one that comes after all that are whole. */
    private static int compare(String one, String other) {
        int both = Math.min(one.length(), other.length());
        for (int i = 0; i < both; i++) {
            char mine = one.charAt(i);
            char theirs = other.charAt(i);
            if (mine != theirs) {
                int halves = Boolean.compare(Character.isSurrogate(mine), Character.isSurrogate(theirs));
                return halves != 0 ? halves : Character.compare(mine, theirs);
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    /** The type, a slash, and the id. */
    @Override
    public String toString() {
        return type + "/" + id;
    }
}
