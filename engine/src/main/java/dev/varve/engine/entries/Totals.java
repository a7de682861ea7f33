package dev.varve.engine.entries;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.FileReference;
import java.util.Map;

/**
 * How much is there. Immutable.
 *
 * @param entries how many entries
 * @param fileBytes how large the files are that they refer to, each as often as an entry does
 */
record Totals(long entries, long fileBytes) {

    static final Totals NONE = new Totals(0, 0);

    private static final Totals PLAIN_ENTRY = new Totals(1, 0);

    /** One entry of a value. */
    static Totals ofValue(EntryValue value) {
        FileReference file = FileReference.of(value);
        return file == null ? PLAIN_ENTRY : new Totals(1, Math.min(file.size(), FileReference.MAX_COUNTED_BYTES));
    }

    /** The entries that a value is stored as. */
    static Totals ofAll(EntryValue value) {
        if (value.isWhole() || !(value instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            return ofValue(value);
        }
        Totals all = NONE;
        for (EntryValue field : fields.values()) {
            all = all.plus(ofAll(field));
        }
        return all;
    }

    /** One entry as memory or the state has it. */
    static Totals ofLeaf(byte[] leaf) {
        return Leaf.type(leaf) == EntryType.FILE ? ofValue(Leaf.value(leaf)) : PLAIN_ENTRY;
    }

    private boolean isNone() {
        return entries == 0 && fileBytes == 0;
    }

    Totals plus(Totals other) {
        return other.isNone() ? this : new Totals(entries + other.entries, fileBytes + other.fileBytes);
    }

    Totals minus(Totals other) {
        return other.isNone() ? this : new Totals(entries - other.entries, fileBytes - other.fileBytes);
    }
}
