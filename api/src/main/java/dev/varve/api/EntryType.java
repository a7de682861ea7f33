package dev.varve.api;

import java.util.Locale;
import java.util.Map;

/**
 * What kind of value an entry holds, as it is called on the wire.
 *
 * <pre>{@code
 * EntryPath visits = EntryPath.of("visits");
 * entries.increment(visits, 1);
 * Entry entry = entries.get(visits).orElseThrow();
 * String shown = switch (entry.type()) {
 *     case COUNTER -> "counted so far: " + entry.value();
 *     case MAP -> "something is kept below";
 *     default -> entry.type().wireName();
 * };
 * }</pre>
 */
public enum EntryType {
    /** Text. */
    STRING,
    /** A number without fraction. */
    INTEGER,
    /** A number with a fraction or exponent. */
    FLOAT,
    /** True or false. */
    BOOLEAN,
    /** JSON's null. */
    NULL,
    /** A list. */
    LIST,
    /** Several entries below one path, read together; never stored. */
    MAP,
    /** A decimal number in an envelope. */
    DECIMAL,
    /** A time in an envelope. */
    DATETIME,
    /** A number that was incremented. */
    COUNTER,
    /** A list without duplicates, newest member first. */
    SET,
    /** A reference to the bytes of a file. */
    FILE,
    /** A lease and who holds it. */
    LEASE;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * The name on the wire.
     *
     * @return lower case letters
     */
    public String wireName() {
        return wireName;
    }

    /**
     * The type of a value that is set as it is.
     *
     * @param value the value
     * @return its type; envelopes of an unknown type are {@link #MAP}
     */
    public static EntryType of(EntryValue value) {
        if (value instanceof EntryValue.Text) {
            return STRING;
        }
        if (value instanceof EntryValue.Whole) {
            return INTEGER;
        }
        if (value instanceof EntryValue.Fraction) {
            return FLOAT;
        }
        if (value instanceof EntryValue.Bool) {
            return BOOLEAN;
        }
        if (value instanceof EntryValue.Items) {
            return LIST;
        }
        return value instanceof EntryValue.Fields object ? ofEnvelope(object.fields()) : NULL;
    }

    private static EntryType ofEnvelope(Map<String, EntryValue> fields) {
        if (fields.get("_type") instanceof EntryValue.Text type) {
            return switch (type.value()) {
                case "decimal" -> DECIMAL;
                case "datetime" -> DATETIME;
                case "file" -> FILE;
                case "lease" -> LEASE;
                default -> MAP;
            };
        }
        return MAP;
    }
}
