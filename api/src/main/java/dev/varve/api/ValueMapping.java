package dev.varve.api;

import org.jspecify.annotations.Nullable;

/** Turns values of one Java type into values of entries and back. Immutable; thread-safe. */
abstract class ValueMapping {

    static final EntryValue NULL = new EntryValue.Null();

    /**
     * The value of an entry.
     *
     * @param depth how many lists and objects it stands in
     */
    final EntryValue dump(@Nullable Object value, int depth) throws Misfit {
        return value == null ? NULL : dumpPresent(value, depth);
    }

    final @Nullable Object load(EntryValue value) throws Misfit {
        return value instanceof EntryValue.Null ? loadNull() : loadPresent(value);
    }

    abstract EntryValue dumpPresent(Object value, int depth) throws Misfit;

    abstract Object loadPresent(EntryValue value) throws Misfit;

    /** What is read where nothing stands. */
    @Nullable Object absent() {
        return null;
    }

    /** What is read where null stands. */
    @Nullable Object loadNull() {
        return absent();
    }

    /** Whether a value that is there may be kept as what is in it, in entries below its path. */
    boolean mayBeObject() {
        return false;
    }

    /** Whether two values that were dumped mean the same. */
    boolean same(EntryValue one, EntryValue other) {
        return one.equals(other);
    }

    /**
     * The value of an entry for what somebody gave: a value of this type, or what is written for one, as text of a form too.
     * Whether it is one of this type tells {@link #load}.
     *
     * @param value not null
     * @param depth how many lists and objects it stands in
     */
    EntryValue given(Object value, int depth) throws Misfit {
        return GivenValues.plain(value, depth);
    }

    /** Whether the empty text is a value, and not what a form sends where nothing was entered. */
    boolean takesEmptyText() {
        return false;
    }

    /** The shape of the records that it is of or holds. */
    @Nullable RecordShape records() {
        return null;
    }

    /** Before a list or an object is dumped: a record that contains itself by way of a list would go on for ever. */
    static void checkDepth(int depth) throws Misfit {
        if (depth >= EntryValue.MAX_DEPTH) {
            throw Misfit.of(
                    "one more",
                    "lists and objects that are nested at most " + EntryValue.MAX_DEPTH + " deep in a value");
        }
    }
}
