package dev.varve.api;

import java.util.List;
import java.util.Map;

/** A value that does not fit the type that it should have, or lacks fields that it must have. */
final class Misfit extends Exception {

    private static final long serialVersionUID = 1;

    /** So much of a text is shown, in characters: what people wrote may be long, and goes into logs. */
    private static final int MAX_SHOWN = 60;

    private final String place;
    private final String found;
    private final String expected;
    private final transient List<String> missing;

    private Misfit(String place, String found, String expected, List<String> missing) {
        // Without a stack trace: it is about data, and there may be one for every record of a store.
        super("expected " + expected + ", was " + found, null, false, false);
        this.place = place;
        this.found = found;
        this.expected = expected;
        this.missing = missing;
    }

    /** A value is something else than what was expected. */
    static Misfit of(String found, String expected) {
        return new Misfit("", found, expected, List.of());
    }

    /** A value of an entry is something else than what was expected. */
    static Misfit of(EntryValue found, String expected) {
        return of(describe(found), expected);
    }

    /** Fields that must be there are not, given by their places. */
    static Misfit missing(List<String> places) {
        return new Misfit("", "nothing", "the fields " + String.join(", ", places), List.copyOf(places));
    }

    /** The same, seen from outside of a field, or of an item when the place is in brackets. */
    Misfit within(String outer) {
        return new Misfit(
                join(outer, place),
                found,
                expected,
                missing.stream().map(inner -> join(outer, inner)).toList());
    }

    private static String join(String outer, String inner) {
        return inner.isEmpty() || inner.startsWith("[") ? outer + inner : outer + "/" + inner;
    }

    /** The field, fields within it after slashes, items of lists in brackets; empty for all. */
    String place() {
        return place;
    }

    String found() {
        return found;
    }

    String expected() {
        return expected;
    }

    /** The places of fields that must be there; empty when something else is wrong. */
    List<String> missing() {
        return missing;
    }

    private static String describe(EntryValue value) {
        if (value instanceof EntryValue.Text text) {
            return "the text \"" + shortened(text.value()) + '"';
        }
        if (value instanceof EntryValue.Whole whole) {
            return "the number " + whole.value();
        }
        if (value instanceof EntryValue.Fraction fraction) {
            return "the number " + shortened(fraction.value().toString());
        }
        if (value instanceof EntryValue.Bool bool) {
            return String.valueOf(bool.value());
        }
        if (value instanceof EntryValue.Items list) {
            return "a list of " + list.items().size();
        }
        return value instanceof EntryValue.Fields object ? describe(object) : "null";
    }

    private static String describe(EntryValue.Fields object) {
        Map<String, EntryValue> fields = object.fields();
        return object.isWhole() && fields.get("_type") instanceof EntryValue.Text type
                ? "a value of type " + shortened(type.value())
                : "an object with the fields " + shortened(String.join(", ", fields.keySet()));
    }

    static String shortened(String text) {
        if (text.length() <= MAX_SHOWN) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_SHOWN - 1)) ? MAX_SHOWN - 1 : MAX_SHOWN;
        return text.substring(0, end) + "…";
    }
}
