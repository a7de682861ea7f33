package dev.varve.api.spi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the elements out of a JSON array without building a tree, byte for byte as they stand there. Meant for arrays
 * that a server made: it finds boundaries and does not prove that each element is valid JSON. Thread-safe.
 *
 * <pre>{@code
 * ByteBuffer array = ByteBuffer.wrap("[{\"id\":1}, {\"id\":2}]".getBytes(UTF_8));
 * for (ByteBuffer element : JsonArrays.elements(array)) {
 *     System.out.println(UTF_8.decode(element)); // {"id":1}, then {"id":2}
 * }
 * }</pre>
 */
public final class JsonArrays {
    private JsonArrays() {}

    /**
     * The elements of an array.
     *
     * @param array the text of one JSON array in UTF-8; position and limit are left alone
     * @return a view of each element, without the white space around it
     * @throws IllegalArgumentException when the text is not one array
     */
    public static List<ByteBuffer> elements(ByteBuffer array) {
        int at = skipSpace(array, array.position());
        if (at == array.limit() || array.get(at) != '[') {
            throw new IllegalArgumentException("not a JSON array");
        }
        List<ByteBuffer> elements = new ArrayList<>();
        at = skipSpace(array, at + 1);
        if (at < array.limit() && array.get(at) == ']') {
            requireEnd(array, at + 1);
            return elements;
        }
        while (true) {
            int start = skipSpace(array, at);
            int separator = endOfElement(array, start);
            int end = separator;
            while (end > start && isSpace(array.get(end - 1))) {
                end--;
            }
            if (end == start) {
                throw new IllegalArgumentException("an element is missing at byte " + (start - array.position()));
            }
            elements.add(array.slice(start, end - start));
            if (array.get(separator) == ']') {
                requireEnd(array, separator + 1);
                return elements;
            }
            at = separator + 1;
        }
    }

    /** The index of the comma or bracket that ends the element at {@code from}. */
    private static int endOfElement(ByteBuffer array, int from) {
        int depth = 0;
        boolean inString = false;
        for (int i = from; i < array.limit(); i++) {
            byte b = array.get(i);
            if (inString) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    inString = false;
                }
                continue;
            }
            switch (b) {
                case '"' -> inString = true;
                case '[', '{' -> depth++;
                case ']', '}' -> {
                    if (depth == 0) {
                        return i;
                    }
                    depth--;
                }
                case ',' -> {
                    if (depth == 0) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        throw new IllegalArgumentException("the array has no end");
    }

    private static void requireEnd(ByteBuffer array, int from) {
        if (skipSpace(array, from) != array.limit()) {
            throw new IllegalArgumentException("text after the array");
        }
    }

    private static int skipSpace(ByteBuffer array, int from) {
        int at = from;
        while (at < array.limit() && isSpace(array.get(at))) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
