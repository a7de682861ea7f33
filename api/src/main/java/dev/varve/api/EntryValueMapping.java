package dev.varve.api;

import org.jspecify.annotations.Nullable;

/** Values that are taken as they are, null too. */
final class EntryValueMapping extends ValueMapping {

    @Override
    EntryValue dumpPresent(Object value, int depth) {
        return (EntryValue) value;
    }

    @Override
    Object loadPresent(EntryValue value) {
        return value;
    }

    @Override
    @Nullable Object loadNull() {
        return NULL;
    }

    @Override
    boolean takesEmptyText() {
        return true;
    }

    @Override
    boolean mayBeObject() {
        return true;
    }
}
