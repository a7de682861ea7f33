package dev.varve.api;

import org.jspecify.annotations.Nullable;

/** True and false. */
final class BooleanMapping extends ValueMapping {

    private final @Nullable Object absent;

    BooleanMapping(@Nullable Boolean absent) {
        this.absent = absent;
    }

    @Override
    EntryValue dumpPresent(Object value, int depth) {
        return EntryValue.of((boolean) value);
    }

    @Override
    Object loadPresent(EntryValue value) throws Misfit {
        if (value instanceof EntryValue.Bool bool) {
            return bool.value();
        }
        throw Misfit.of(value, "true or false");
    }

    @Override
    @Nullable Object absent() {
        return absent;
    }
}
