package dev.varve.api;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of an entry: what JSON can say, with numbers kept exactly. Immutable; thread-safe.
 *
 * <pre>{@code
 * EntryPath link = EntryPath.of("links", "varve");
 * entries.set(link, new EntryValue.Fields(Map.of("title", EntryValue.of("Varve"), "visits", EntryValue.of(1))));
 * EntryValue title = entries.get(link.child("title")).orElseThrow().value();
 * if (title instanceof EntryValue.Text text) {
 *     System.out.println(text.value());
 * }
 * }</pre>
 *
 * <p>Some objects are values of their own and are never taken apart: those with both {@code _typed} and {@code _type}, and
 * those whose {@code _type} is {@code file} or {@code lease}. {@link #isWhole} tells.
 */
public sealed interface EntryValue {

    /** The deepest nesting of lists and objects in a value, inclusive. */
    int MAX_DEPTH = 100;

    /** JSON's {@code null}: a value, not the absence of one. */
    record Null() implements EntryValue {}

    /**
     * A truth value.
     *
     * @param value the value
     */
    record Bool(boolean value) implements EntryValue {}

    /**
     * A number without fraction or exponent.
     *
     * @param value the value
     */
    record Whole(long value) implements EntryValue {}

    /**
     * A number with a fraction or exponent. Equal only to one written with as many digits.
     *
     * @param value the value, its scale as it was written
     */
    record Fraction(BigDecimal value) implements EntryValue {}

    /**
     * Text.
     *
     * @param value any text
     */
    record Text(String value) implements EntryValue {}

    /**
     * A list.
     *
     * @param items the items, in order
     */
    record Items(List<EntryValue> items) implements EntryValue {

        /** Copies the list. */
        public Items {
            items = List.copyOf(items);
        }
    }

    /**
     * An object.
     *
     * @param fields names and values, in the order in which they were given
     */
    record Fields(Map<String, EntryValue> fields) implements EntryValue {

        /** Copies the map. */
        public Fields {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    /**
     * Text as a value.
     *
     * @param value any text
     * @return the value
     */
    static EntryValue of(String value) {
        return new Text(value);
    }

    /**
     * A number as a value.
     *
     * @param value any number
     * @return the value
     */
    static EntryValue of(long value) {
        return new Whole(value);
    }

    /**
     * A truth value as a value.
     *
     * @param value true or false
     * @return the value
     */
    static EntryValue of(boolean value) {
        return new Bool(value);
    }

    /**
     * Whether it is stored as one leaf.
     *
     * @return false for objects that are taken apart into one leaf per nested value
     */
    default boolean isWhole() {
        if (!(this instanceof Fields object)) {
            return true;
        }
        EntryValue type = object.fields.get("_type");
        return type != null
                && (object.fields.containsKey("_typed")
                        || type.equals(new Text("file"))
                        || type.equals(new Text("lease")));
    }
}
