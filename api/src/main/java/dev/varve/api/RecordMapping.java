package dev.varve.api;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records inside records, as objects. */
final class RecordMapping extends ValueMapping {

    /** Set once, before anybody else sees the mapping: a record that contains itself is mapped before its shape is known. */
    private @Nullable RecordShape shape;

    void complete(RecordShape known) {
        shape = known;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        checkDepth(depth);
        return new EntryValue.Fields(requireNonNull(shape).dump(value, depth + 1));
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (!(value instanceof EntryValue.Fields object) || value.isWhole()) {
            throw Misfit.of(value, "an object");
        }
        return requireNonNull(shape).load(null, object.fields());
    }

    @Override
    EntryValue given(Object value, int depth) throws Misfit {
        RecordShape known = requireNonNull(shape);
        if (known.isOf(value)) {
            return dumpPresent(value, depth);
        }
        if (!(GivenValues.opened(value) instanceof Map<?, ?> from)) {
            throw Misfit.of("something else", "an object");
        }
        checkDepth(depth);
        return new EntryValue.Fields(known.given(from, depth + 1));
    }

    @Override
    RecordShape records() {
        return requireNonNull(shape);
    }

    @Override
    boolean mayBeObject() {
        return true;
    }
}
