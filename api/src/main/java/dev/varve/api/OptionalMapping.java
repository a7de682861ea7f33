package dev.varve.api;

import java.util.Optional;

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
    boolean same(EntryValue one, EntryValue other) {
        return inner.same(one, other);
    }

    @Override
    boolean mayBeObject() {
        return inner.mayBeObject();
    }
}
