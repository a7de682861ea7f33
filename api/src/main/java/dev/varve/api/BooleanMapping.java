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
    EntryValue given(Object value, int depth) throws Misfit {
        EntryValue plain = super.given(value, depth);
        if (plain instanceof EntryValue.Text text) {
            // What forms send: a box that is ticked is "on".
            return switch (text.value()) {
                case "true", "on", "1" -> EntryValue.of(true);
                case "false", "off", "0" -> EntryValue.of(false);
                default -> plain;
            };
        }
        return plain;
    }

    @Override
    @Nullable Object absent() {
        return absent;
    }
}
