package dev.varve.api;

import java.time.DateTimeException;
import java.util.function.Function;

/** Values that are written as text. */
final class TextMapping extends ValueMapping {

    private final Function<Object, String> write;
    private final Function<String, Object> read;
    private final String expected;
    private final boolean takesEmpty;

    /** Text itself. */
    static TextMapping plain() {
        return new TextMapping(text -> (String) text, text -> text, "a text", true);
    }

    /**
     * Maps a type of which nothing is written as the empty text.
     *
     * @param read throws a {@link DateTimeException} or an {@link IllegalArgumentException} for other text
     */
    TextMapping(Function<Object, String> write, Function<String, Object> read, String expected) {
        this(write, read, expected, false);
    }

    private TextMapping(
            Function<Object, String> write, Function<String, Object> read, String expected, boolean takesEmpty) {
        this.takesEmpty = takesEmpty;
        this.write = write;
        this.read = read;
        this.expected = expected;
    }

    @Override
    boolean takesEmptyText() {
        return takesEmpty;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) {
        return EntryValue.of(write.apply(value));
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (value instanceof EntryValue.Text text) {
            try {
                return read.apply(text.value());
            } catch (DateTimeException | IllegalArgumentException e) {
                throw Misfit.of(value, expected);
            }
        }
        throw Misfit.of(value, expected);
    }
}
