package dev.varve.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header lines of one request, left in the bytes in which they came; values become text when they are asked for.
 * Confined to its connection.
 */
final class Headers {

    private static final int INTS_PER_LINE = 3;
    private static final int FIRST_LINES = 12;

    private final byte[] head;
    /** For each line: where the name starts, where the value starts (inclusive) and ends (exclusive). */
    private int[] lines = new int[INTS_PER_LINE * FIRST_LINES];
    /** The length of each line's name. */
    private byte[] nameLengths = new byte[FIRST_LINES];

    /** A bit for each length of a name that is there: most names that are looked for are not. */
    private long lengths;

    private int count;

    Headers(byte[] head) {
        this.head = head;
    }

    void add(int nameStart, int nameLength, int valueStart, int valueEnd) {
        if (count == nameLengths.length) {
            nameLengths = Arrays.copyOf(nameLengths, 2 * count);
            lines = Arrays.copyOf(lines, INTS_PER_LINE * 2 * count);
        }
        // No name that is ever looked for is longer.
        nameLengths[count] = (byte) Math.min(nameLength, Byte.MAX_VALUE);
        lengths |= 1L << nameLength; // beyond 63 it starts again, which only costs a look
        int at = INTS_PER_LINE * count++;
        lines[at] = nameStart;
        lines[at + 1] = valueStart;
        lines[at + 2] = valueEnd;
    }

    /** The first value, or null. */
    @Nullable String first(HeaderName name) {
        int line = next(name, 0);
        return line < 0 ? null : value(line);
    }

    /** How often a header comes. */
    int count(HeaderName name) {
        int found = 0;
        for (int line = next(name, 0); line >= 0; line = next(name, line + 1)) {
            found++;
        }
        return found;
    }

    /** All values, in the order in which they came. */
    List<String> all(HeaderName name) {
        int line = next(name, 0);
        if (line < 0) {
            return List.of();
        }
        List<String> values = new ArrayList<>();
        for (; line >= 0; line = next(name, line + 1)) {
            values.add(value(line));
        }
        return values;
    }

    /** The elements of a list with commas, over all its lines, without blanks around; empty ones do not count (RFC 9110, 5.6.1). */
    List<String> elements(HeaderName name) {
        List<String> lines = all(name);
        if (lines.isEmpty()) {
            return lines;
        }
        List<String> elements = new ArrayList<>();
        for (String line : lines) {
            for (String part : line.split(",")) {
                if (!part.isBlank()) {
                    elements.add(part.strip());
                }
            }
        }
        return elements;
    }

    /** Whether a word is an element of such a list; case does not count. */
    boolean hasElement(HeaderName name, String word) {
        for (String element : elements(name)) {
            if (element.equalsIgnoreCase(word)) {
                return true;
            }
        }
        return false;
    }

    private int next(HeaderName name, int from) {
        byte[] wanted = name.lowerCase;
        if ((lengths >>> wanted.length & 1) == 0) {
            return -1;
        }
        for (int line = from; line < count; line++) {
            if (nameLengths[line] == wanted.length && matches(wanted, lines[INTS_PER_LINE * line])) {
                return line;
            }
        }
        return -1;
    }

    private boolean matches(byte[] lowerCase, int at) {
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = head[at + i];
            if (b != lowerCase[i] && (b < 'A' || b > 'Z' || b + ('a' - 'A') != lowerCase[i])) {
                return false;
            }
        }
        return true;
    }

    private String value(int line) {
        int start = lines[INTS_PER_LINE * line + 1];
        return new String(head, start, lines[INTS_PER_LINE * line + 2] - start, StandardCharsets.ISO_8859_1);
    }
}
