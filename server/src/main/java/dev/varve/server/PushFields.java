package dev.varve.server;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.InvalidEntryPathException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a payload, where null is the same as absent. Immutable. */
record PushFields(Map<String, EntryValue> fields) {

    /** The fields of a payload; null when it is no object. */
    static @Nullable PushFields of(@Nullable EntryValue payload) {
        return payload instanceof EntryValue.Fields object ? new PushFields(object.fields()) : null;
    }

    /** A field that is there and not null, or null. */
    @Nullable EntryValue get(String name) {
        EntryValue value = fields.get(name);
        return value instanceof EntryValue.Null ? null : value;
    }

    boolean has(String name) {
        return get(name) != null;
    }

    /** A text, or null when it is not there or something else. */
    @Nullable String text(String name) {
        return get(name) instanceof EntryValue.Text(String text) ? text : null;
    }

    /** A whole number, or null when the value is none. */
    static @Nullable Long whole(@Nullable EntryValue value) {
        return switch (value) {
            case EntryValue.Whole(long number) -> number;
            case EntryValue.Fraction(BigDecimal number) -> {
                try {
                    yield number.longValueExact();
                } catch (ArithmeticException e) {
                    yield null;
                }
            }
            case null, default -> null;
        };
    }

    @Nullable Long whole(String name) {
        return whole(get(name));
    }

    /**
     * A truth value; false when it is not there.
     *
     * @throws PushProblem with this reason when it is something else
     */
    boolean truth(String name, String reason) {
        return switch (get(name)) {
            case null -> false;
            case EntryValue.Bool(boolean truth) -> truth;
            default -> throw PushProblem.of(reason, name + " must be true or false");
        };
    }

    /**
     * Sees to it that no condition stands where none is looked at: nobody may believe that it was.
     *
     * @throws PushProblem naming the one that does
     */
    void requireUnconditional() {
        for (String name : EntryBody.CONDITIONS) {
            if (has(name)) {
                throw PushProblem.of(
                        Reason.INVALID_PRECONDITION.wireName(), name + " does not go here; it belongs into an op");
            }
        }
    }

    /**
     * A path: from a list of segments or, without one, from its written form.
     *
     * @throws PushProblem when there is none
     */
    EntryPath path(String segmentsName, String name) {
        EntryValue segments = get(segmentsName);
        EntryValue written = get(name);
        try {
            if (segments != null) {
                return EntryPath.of(segments(segments));
            }
            return switch (written) {
                case null -> throw PushProblem.of("missing_path");
                case EntryValue.Text(String text) -> EntryPath.parse(text);
                default -> throw PushProblem.of("not_a_string");
            };
        } catch (InvalidEntryPathException e) {
            throw PushProblem.of(e.reason());
        }
    }

    private static List<String> segments(EntryValue value) {
        if (!(value instanceof EntryValue.Items(List<EntryValue> items))) {
            throw PushProblem.of("not_a_list");
        }
        List<String> segments = new ArrayList<>(items.size());
        for (EntryValue item : items) {
            if (!(item instanceof EntryValue.Text(String text))) {
                throw PushProblem.of("not_a_string");
            }
            segments.add(text);
        }
        return segments;
    }
}
