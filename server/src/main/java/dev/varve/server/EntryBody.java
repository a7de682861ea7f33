package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.InvalidEntryPathException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object in a request, read one by one. Fields that nobody asks for are ignored; one that is there but
 * makes no sense never is. Immutable.
 */
final class EntryBody {

    /** How much of a wrong value is repeated in the answer. */
    private static final int MAX_QUOTED = 100;

    /** The fields that name conditions of a change. */
    static final List<String> CONDITIONS = List.of("if_match", "if_absent", "if_none", "fence");

    private final Map<String, EntryValue> fields;

    /** What stands before the words of a refusal, such as {@code op 3: }. */
    private final String where;

    private EntryBody(Map<String, EntryValue> fields, String where) {
        this.fields = fields;
        this.where = where;
    }

    /**
     * The object that a request carries; without a body an empty one.
     *
     * @throws EntryProblem when it carries anything else
     */
    static EntryBody of(Exchange exchange) {
        if (exchange.body().length == 0) {
            return new EntryBody(Map.of(), "");
        }
        if (parse(exchange) instanceof EntryValue.Fields object) {
            return new EntryBody(object.fields(), "");
        }
        throw EntryProblem.invalid("the request body must be a JSON object");
    }

    /**
     * The object that a text is.
     *
     * @throws EntryProblem when it is anything else
     */
    static EntryBody of(byte[] json) {
        try {
            if (EntryJson.parse(json) instanceof EntryValue.Fields object) {
                return new EntryBody(object.fields(), "");
            }
        } catch (EntryJsonException e) {
            throw EntryProblem.of(e);
        }
        throw EntryProblem.invalid("the request body must be a JSON object");
    }

    /**
     * The JSON value that a request carries.
     *
     * @throws EntryProblem when it carries none
     */
    static EntryValue parse(Exchange exchange) {
        if (!isJson(exchange.request.single(HeaderName.CONTENT_TYPE))) {
            throw EntryProblem.invalid("request body could not be parsed: its Content-Type must be application/json");
        }
        try {
            return EntryJson.parse(exchange.body());
        } catch (EntryJsonException e) {
            throw EntryProblem.of(e);
        }
    }

    /** Whether a content type is JSON. It is asked for because browsers send nothing of the kind to others' servers unasked. */
    static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
        return type.equalsIgnoreCase("application/json")
                || (type.regionMatches(true, 0, "application/", 0, 12)
                        && type.regionMatches(true, type.length() - 5, "+json", 0, 5));
    }

    /** The objects of a list. */
    static EntryBody item(EntryValue item, int index) {
        if (item instanceof EntryValue.Fields object) {
            return new EntryBody(object.fields(), "op " + index + ": ");
        }
        throw EntryProblem.invalid("op " + index + " must be an object");
    }

    EntryProblem refuse(String detail) {
        return EntryProblem.invalid(where + detail);
    }

    @Nullable EntryValue get(String name) {
        return fields.get(name);
    }

    @Nullable String text(String name) {
        EntryValue value = fields.get(name);
        return value instanceof EntryValue.Text(String text) ? text : null;
    }

    /** A field's text; null when it is absent or null. */
    @Nullable String optionalText(String name) {
        EntryValue value = fields.get(name);
        return switch (value) {
            case null -> null;
            case EntryValue.Null _ -> null;
            case EntryValue.Text(String text) -> text;
            default -> throw refuse(name + " must be a string (got " + got(value) + ")");
        };
    }

    /** The items of a list, or null when the field is no list. */
    @Nullable List<EntryValue> items(String name) {
        return fields.get(name) instanceof EntryValue.Items(List<EntryValue> items) ? items : null;
    }

    /** A path that must be there. */
    EntryPath path(String name, String whenMissing) {
        String text = text(name);
        if (text == null || (text.isEmpty() && where.isEmpty())) {
            throw refuse(whenMissing);
        }
        try {
            return EntryPath.parse(text);
        } catch (InvalidEntryPathException e) {
            throw refuse("invalid path (" + e.reason() + ")");
        }
    }

    /** A value for an entry, or null when the field is absent. */
    @Nullable EntryValue storable(String name) {
        EntryValue value = fields.get(name);
        if (value == null) {
            return null;
        }
        try {
            return EntryJson.requireStorable(value);
        } catch (EntryJsonException e) {
            throw refuse(e.detail());
        }
    }

    /** A whole number above zero, or null when the field is absent. */
    @Nullable Long positive(String name) {
        EntryValue value = fields.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof EntryValue.Whole(long number) && number > 0) {
            return number;
        }
        throw refuse(name + " must be a positive integer (got " + got(value) + ")");
    }

    /** True or false; false when the field is absent. */
    boolean flag(String name) {
        EntryValue value = fields.get(name);
        return switch (value) {
            case null -> false;
            case EntryValue.Bool(boolean truth) -> truth;
            default -> throw refuse(name + " must be true or false (got " + got(value) + ")");
        };
    }

    /** The change with the conditions and the time to live that the fields name. */
    EntryOp withConditions(EntryOp op) {
        Long ifMatch = positive("if_match");
        boolean ifAbsent = flag("if_absent");
        boolean ifNone = flag("if_none");
        if (ifMatch != null && ifAbsent) {
            throw refuse("if_match and if_absent are mutually exclusive");
        }
        if (ifMatch != null && ifNone) {
            throw refuse("if_match and if_none are mutually exclusive");
        }
        // The time of a lease is one of its terms.
        Long ttl = op.lease() == null ? positive("ttl_ms") : null;
        return new EntryOp(op.kind(), op.path(), op.value(), ifMatch, ifAbsent, ifNone, fence(), op.lease(), ttl);
    }

    /**
     * Sees to it that no condition stands where none is looked at: nobody may believe that it was.
     *
     * @throws EntryProblem naming the one that does
     */
    void requireUnconditional() {
        for (String name : CONDITIONS) {
            if (fields.containsKey(name)) {
                throw refuse(name + " does not go here; it belongs into an op");
            }
        }
    }

    private EntryOp.@Nullable Fence fence() {
        EntryValue value = fields.get("fence");
        if (value == null) {
            return null;
        }
        if (!(value instanceof EntryValue.Fields object)) {
            throw refuse("fence must be an object of key and token (got " + got(value) + ")");
        }
        EntryBody fence = new EntryBody(object.fields(), where + "fence: ");
        Long token = fence.positive("token");
        if (token == null) {
            throw fence.refuse("'token' required");
        }
        return new EntryOp.Fence(fence.path("key", "'key' required and must be a string"), token);
    }

    /** A wrong value for an answer that names it. */
    static String got(EntryValue value) {
        String text = EntryJson.text(value, EntryJson.Form.ENVELOPES);
        return text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "…";
    }
}
