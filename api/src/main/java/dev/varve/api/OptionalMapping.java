package dev.varve.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is in an Optional; null for an empty one. */
final class OptionalMapping extends ValueMapping {

    private final ValueMapping inner;

    OptionalMapping(ValueMapping inner) {
        this.inner = inner;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) throws Misfit {
        return inner.dump(((Optional<?>) value).orElse(null), depth);
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        return Optional.ofNullable(inner.load(value));
    }

    @Override
    Object absent() {
        return Optional.empty();
    }

    @Override
    EntryValue given(Object value, int depth) throws Misfit {
        Object opened = value instanceof Optional<?> optional ? optional.orElse(null) : value;
        return opened == null ? NULL : inner.given(opened, depth);
    }

    @Override
    boolean takesEmptyText() {
        return inner.takesEmptyText();
    }

    @Override
    @Nullable RecordShape records() {
        return inner.records();
    }

    @Override
    boolean same(EntryValue one, EntryValue other) {
        return inner.same(one, other);
    }

    @Override
    boolean mayBeObject() {
        return inner.mayBeObject();
    }
}
