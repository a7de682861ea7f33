package dev.varve.api;

import dev.varve.api.spi.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads pages of records, each of one page of entries, which is of one moment. Thread-safe. */
final class RecordPages<T extends Record> {

    /**
     * Names that come last below a path, the longest first: where one does not fit into a path, no name does that would come
     * after the next.
     */
    private static final List<String> LAST_NAMES = List.of("\uDBFF\uDFFF", "\uFFFF", "\u07FF", "\u007F");

    private final Store store;
    private final RecordSchema<T> schema;

    RecordPages(Store store, RecordSchema<T> schema) {
        this.store = store;
        this.schema = schema;
    }

    /**
     * Records of a page, readable or not.
     *
     * @param next the key after which to go on, null at the end
     */
    record Found(List<FoundRecord> records, @Nullable String next) {}

    Found read(String keyPrefix, @Nullable String afterKey, int limit) {
        if (limit < 1 || limit > EntryQuery.MAX_LIMIT) {
            throw new IllegalArgumentException("the limit of a page is 1.." + EntryQuery.MAX_LIMIT + ", was " + limit);
        }
        if (afterKey != null && !afterKey.startsWith(keyPrefix)) {
            throw new IllegalArgumentException("the key \"" + afterKey + "\" does not begin with \"" + keyPrefix
                    + "\", so that no page ends there");
        }
        Transport transport = store.transport();
        EntryPath after = begin(keyPrefix, afterKey);
        // Most often enough; nested fields are several entries.
        int entries = Math.min(
                EntryQuery.MAX_LIMIT, (limit + 1) * (schema.fieldNames().size() + 1));
        while (true) {
            EntryPage page = transport.page(schema.pattern(), after, entries);
            Found found = found(page, keyPrefix, afterKey, limit);
            if (found.next == null || !found.records.isEmpty()) {
                if (found.records.size() < limit && found.next != null && entries < EntryQuery.MAX_LIMIT) {
                    entries = EntryQuery.MAX_LIMIT;
                    continue;
                }
                return found;
            }
            if (entries < EntryQuery.MAX_LIMIT) {
                entries = EntryQuery.MAX_LIMIT;
                continue;
            }
            // Nothing but a part of one record, or nothing that is one.
            String key = found.next;
            Found whole = key.equals(afterKey) ? null : whole(transport, key);
            if (whole != null) {
                return whole;
            }
            after = page.next();
        }
    }

    /** The path after which the page begins, exclusive. */
    private @Nullable EntryPath begin(String keyPrefix, @Nullable String afterKey) {
        if (afterKey != null) {
            return last(schema.path(afterKey));
        }
        return keyPrefix.isEmpty() ? null : schema.path(keyPrefix);
    }

    private static EntryPath last(EntryPath path) {
        for (String name : LAST_NAMES) {
            try {
                return path.child(name);
            } catch (InvalidEntryPathException e) {
                // Too long; so are names that would be longer.
            }
        }
        return path;
    }

    /** The records that are whole in a page of entries. Nothing of them, and where to go on, when not even one is. */
    private Found found(EntryPage page, String keyPrefix, @Nullable String afterKey, int limit) {
        List<FoundRecord> records = new ArrayList<>();
        FoundRecords all = new FoundRecords(page.entries().iterator(), schema.prefix());
        while (all.hasNext()) {
            FoundRecord record = all.next();
            String key = record.key();
            if (!key.startsWith(keyPrefix)) {
                return new Found(records, null);
            }
            if (key.equals(afterKey)) {
                continue;
            }
            boolean whole = all.hasNext() || page.next() == null;
            if (records.size() == limit || !whole) {
                return new Found(records, records.isEmpty() ? key : lastKey(records));
            }
            records.add(record);
        }
        EntryPath next = page.next();
        if (next == null) {
            return new Found(records, null);
        }
        // Only what is no record, or what belongs to the page before.
        String key = next.segments().get(schema.prefix().segments().size());
        return new Found(records, !records.isEmpty() ? lastKey(records) : key.startsWith(keyPrefix) ? key : null);
    }

    private static String lastKey(List<FoundRecord> records) {
        return records.get(records.size() - 1).key();
    }

    private @Nullable Found whole(Transport transport, String key) {
        EntryValue value = transport.read(schema.path(key)).orElse(null);
        if (value instanceof EntryValue.Fields object && !object.isWhole()) {
            Map<String, EntryValue> fields = object.fields();
            return new Found(List.of(new FoundRecord(key, fields)), key);
        }
        return null;
    }
}
