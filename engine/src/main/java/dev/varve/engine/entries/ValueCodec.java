package dev.varve.engine.entries;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.EntryValue;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of entries in binary: a tag, then what it says (docs/formats/frames.md). Stateless. */
public final class ValueCodec {

    private static final byte NULL = 0;
    private static final byte FALSE = 1;
    private static final byte TRUE = 2;
    private static final byte WHOLE = 3;
    private static final byte FRACTION = 4;
    private static final byte TEXT = 5;
    private static final byte ITEMS = 6;
    private static final byte FIELDS = 7;

    private ValueCodec() {}

    /**
     * Encodes a value.
     *
     * @param value the value
     * @return its bytes
     */
    public static byte[] encode(EntryValue value) {
        return encode(0, value);
    }

    /**
     * Encodes a value behind something else.
     *
     * @param offset how many bytes stay free before it
     * @param value the value
     * @return those and its bytes
     */
    static byte[] encode(int offset, EntryValue value) {
        if (value instanceof EntryValue.Text(String text)) {
            byte[] bytes = text.getBytes(UTF_8); // which is quicker than to count them first
            return ByteBuffer.allocate(Math.addExact(offset + 1 + Integer.BYTES, bytes.length))
                    .position(offset)
                    .put(TEXT)
                    .putInt(bytes.length)
                    .put(bytes)
                    .array();
        }
        ByteBuffer out =
                ByteBuffer.allocate(Math.addExact(offset, sizeOf(value))).position(offset);
        put(out, value);
        return out.array();
    }

    static EntryValue decode(byte[] encoded, int offset) {
        return get(ByteBuffer.wrap(encoded, offset, encoded.length - offset));
    }

    // Texts come first: most values are texts, and a switch over types is dear until it is compiled for good.

    /**
     * How long a value is.
     *
     * @param value the value
     * @return bytes
     */
    public static int sizeOf(EntryValue value) {
        if (value instanceof EntryValue.Text(String text)) {
            return 1 + textBytes(text);
        }
        return 1
                + switch (value) {
                    case EntryValue.Null _, EntryValue.Bool _ -> 0;
                    case EntryValue.Whole _ -> Long.BYTES;
                    case EntryValue.Fraction(BigDecimal number) -> textBytes(number.toString());
                    case EntryValue.Text(String text) -> textBytes(text);
                    case EntryValue.Items(List<EntryValue> items) -> {
                        int size = Integer.BYTES;
                        for (EntryValue item : items) {
                            size = Math.addExact(size, sizeOf(item));
                        }
                        yield size;
                    }
                    case EntryValue.Fields(Map<String, EntryValue> fields) -> {
                        int size = Integer.BYTES;
                        for (Map.Entry<String, EntryValue> field : fields.entrySet()) {
                            size = Math.addExact(size, textBytes(field.getKey()));
                            size = Math.addExact(size, sizeOf(field.getValue()));
                        }
                        yield size;
                    }
                };
    }

    private static int textBytes(String text) {
        return Math.addExact(Integer.BYTES, utf8Bytes(text));
    }

    /** How long the value of a text is, in bytes; -1 when it is not Unicode. */
    static int sizeOfUnicode(String text) {
        int bytes = unicodeBytes(text);
        return bytes < 0 ? -1 : Math.addExact(1 + Integer.BYTES, bytes);
    }

    /** Whether all text in a value is Unicode, and nothing is nested too deeply. */
    static boolean isStorable(EntryValue value) {
        return isStorable(value, 0);
    }

    private static boolean isStorable(EntryValue value, int depth) {
        if (value instanceof EntryValue.Text(String text)) {
            return isUnicode(text);
        }
        boolean deeper = value instanceof EntryValue.Items || value instanceof EntryValue.Fields;
        if (deeper && depth == EntryValue.MAX_DEPTH) {
            return false;
        }
        return switch (value) {
            case EntryValue.Null _, EntryValue.Bool _, EntryValue.Whole _, EntryValue.Fraction _ -> true;
            case EntryValue.Text(String text) -> isUnicode(text);
            case EntryValue.Items(List<EntryValue> items) -> {
                for (EntryValue item : items) {
                    if (!isStorable(item, depth + 1)) {
                        yield false;
                    }
                }
                yield true;
            }
            case EntryValue.Fields(Map<String, EntryValue> fields) -> {
                for (Map.Entry<String, EntryValue> field : fields.entrySet()) {
                    if (!isUnicode(field.getKey()) || !isStorable(field.getValue(), depth + 1)) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }

    private static boolean isUnicode(String text) {
        return unicodeBytes(text) >= 0;
    }

    /** How long a text is, in bytes of UTF-8; -1 when it has half of a surrogate pair. */
    private static int unicodeBytes(String text) {
        int ascii = asciiPrefix(text);
        for (int i = ascii; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = Character.isHighSurrogate(text.charAt(i))
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return -1;
                }
                i++;
            }
        }
        return utf8Bytes(text, ascii);
    }

    static int utf8Bytes(String text) {
        return utf8Bytes(text, asciiPrefix(text));
    }

    private static int utf8Bytes(String text, int from) {
        int bytes = text.length();
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // Each half of a pair counts two of its four bytes, and as many alone, which is more than the question
                // mark that is written.
                bytes += c >= 0x800 && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return bytes;
    }

    /** How many characters of one byte a text begins with: most have no others. */
    private static int asciiPrefix(String text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) < 0x80) {
            i++;
        }
        return i;
    }

    /**
     * Writes a value.
     *
     * @param out where to
     * @param value the value
     */
    public static void put(ByteBuffer out, EntryValue value) {
        if (value instanceof EntryValue.Text(String text)) {
            putText(out.put(TEXT), text);
            return;
        }
        switch (value) {
            case EntryValue.Null _ -> out.put(NULL);
            case EntryValue.Bool(boolean truth) -> out.put(truth ? TRUE : FALSE);
            case EntryValue.Whole(long number) -> out.put(WHOLE).putLong(number);
            case EntryValue.Fraction(BigDecimal number) -> putText(out.put(FRACTION), number.toString());
            case EntryValue.Text(String text) -> putText(out.put(TEXT), text);
            case EntryValue.Items(List<EntryValue> items) -> {
                out.put(ITEMS).putInt(items.size());
                items.forEach(item -> put(out, item));
            }
            case EntryValue.Fields(Map<String, EntryValue> fields) -> {
                out.put(FIELDS).putInt(fields.size());
                fields.forEach((name, field) -> {
                    putText(out, name);
                    put(out, field);
                });
            }
        }
    }

    /**
     * Reads a value.
     *
     * @param in where from
     * @return the value
     */
    public static EntryValue get(ByteBuffer in) {
        byte tag = in.get();
        return switch (tag) {
            case NULL -> new EntryValue.Null();
            case FALSE -> new EntryValue.Bool(false);
            case TRUE -> new EntryValue.Bool(true);
            case WHOLE -> new EntryValue.Whole(in.getLong());
            case FRACTION -> new EntryValue.Fraction(new BigDecimal(getText(in)));
            case TEXT -> new EntryValue.Text(getText(in));
            case ITEMS -> {
                int count = in.getInt();
                List<EntryValue> items = new ArrayList<>(Math.min(count, in.remaining()));
                for (int i = 0; i < count; i++) {
                    items.add(get(in));
                }
                yield new EntryValue.Items(items);
            }
            case FIELDS -> {
                int count = in.getInt();
                Map<String, EntryValue> fields = new LinkedHashMap<>();
                for (int i = 0; i < count; i++) {
                    fields.put(getText(in), get(in));
                }
                yield new EntryValue.Fields(fields);
            }
            default -> throw new IllegalArgumentException("a value cannot begin with tag " + tag);
        };
    }

    static void putText(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.putInt(bytes.length).put(bytes);
    }

    static String getText(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes where " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }
}
