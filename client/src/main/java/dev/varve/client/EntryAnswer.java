package dev.varve.client;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The fields of a JSON object in an answer; what is not as it must be is {@link ErrorKind#HTTP}. Immutable. */
final class EntryAnswer {

    private final String where;
    private final Map<String, EntryValue> fields;

    private EntryAnswer(String where, Map<String, EntryValue> fields) {
        this.where = where;
        this.fields = fields;
    }

    /** The object that an answer carries. */
    static EntryAnswer of(HttpRequest request, Answer answer) {
        return of(request, answer.body());
    }

    /** The object that a text is. */
    static EntryAnswer of(HttpRequest request, byte[] json) {
        String where = request.method() + " " + request.uri().getRawPath();
        EntryValue value;
        try {
            value = EntryJson.parse(json);
        } catch (IllegalArgumentException e) {
            throw new VarveException(ErrorKind.HTTP, "the answer to " + where + " is not JSON: " + e.getMessage(), e);
        }
        return of(where, value);
    }

    /** The object that a part of an answer is. */
    static EntryAnswer of(String where, EntryValue value) {
        if (value instanceof EntryValue.Fields object) {
            return new EntryAnswer(where, object.fields());
        }
        throw new VarveException(ErrorKind.HTTP, "the answer to " + where + " is not an object where one belongs");
    }

    VarveException broken(String what) {
        return new VarveException(ErrorKind.HTTP, "the answer to " + where + " has no proper " + what);
    }

    EntryValue value(String name) {
        EntryValue value = fields.get(name);
        if (value == null) {
            throw broken(name);
        }
        return value;
    }

    @Nullable EntryValue optional(String name) {
        return fields.get(name);
    }

    @Nullable String optionalText(String name) {
        return fields.get(name) instanceof EntryValue.Text text ? text.value() : null;
    }

    String text(String name) {
        String text = optionalText(name);
        if (text == null) {
            throw broken(name);
        }
        return text;
    }

    @Nullable Long optionalNumber(String name) {
        return fields.get(name) instanceof EntryValue.Whole whole ? whole.value() : null;
    }

    long number(String name) {
        Long number = optionalNumber(name);
        if (number == null) {
            throw broken(name);
        }
        return number;
    }

    boolean isTrue(String name) {
        return fields.get(name) instanceof EntryValue.Bool truth && truth.value();
    }

    EntryAnswer object(String name) {
        return of(where, value(name));
    }

    /** The objects of a list. */
    List<EntryAnswer> objects(String name) {
        if (!(fields.get(name) instanceof EntryValue.Items list)) {
            throw broken(name);
        }
        List<EntryAnswer> objects = new ArrayList<>(list.items().size());
        list.items().forEach(item -> objects.add(of(where, item)));
        return objects;
    }

    /** The names of the fields, in their order. */
    Iterable<String> names() {
        return fields.keySet();
    }

    EntryPath path(String name) {
        return pathOf(text(name));
    }

    EntryPath pathOf(String written) {
        try {
            return EntryPath.parse(written);
        } catch (InvalidEntryPathException e) {
            throw broken("path");
        }
    }

    Instant time(String name) {
        try {
            return InstantText.read(text(name));
        } catch (DateTimeException e) {
            throw broken(name);
        }
    }

    UUID id(String name) {
        try {
            return UUID.fromString(text(name));
        } catch (IllegalArgumentException e) {
            throw broken(name);
        }
    }
}
