package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.InvalidEntryPathException;
import java.util.Map;
import java.util.function.BiConsumer;

/** Takes objects apart into the entries that they are stored as. Stateless. */
final class Flattened {

    private Flattened() {}

    /**
     * Gives every value of an object that is one entry, with its path.
     *
     * @throws InvalidEntryPathException when a name is no segment or a path gets too long
     */
    static void each(EntryPath path, EntryValue value, BiConsumer<EntryPath, EntryValue> leaves) {
        if (value.isWhole() || !(value instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            leaves.accept(path, value);
            return;
        }
        fields.forEach((name, field) -> each(path.child(name), field, leaves));
    }
}
