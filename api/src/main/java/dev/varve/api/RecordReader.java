package dev.varve.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Finds records among entries. Thread-safe. */
final class RecordReader<T extends Record> {

    private static final System.Logger LOG = System.getLogger(Repository.class.getName());

    /** How often a record is read anew that others changed between the reads of its fields. */
    private static final int ATTEMPTS = 10;

    private static final int TRAITS = Spliterator.ORDERED | Spliterator.NONNULL;

    private final Entries entries;
    private final RecordSchema<T> schema;
    private final MomentListing listing;

    RecordReader(Entries entries, RecordSchema<T> schema) {
        this.entries = entries;
        this.schema = schema;
        this.listing = new MomentListing(entries, schema.pattern());
    }

    // ---- one

    /** All that stands at the path of a record, without looking whether it is one. */
    Optional<Entry> entry(String key) {
        return entries.get(schema.path(key));
    }

    /**
     * The record that an entry is.
     *
     * @throws InvalidRecordException when it is none
     */
    T required(String key, Entry entry) {
        Loaded<T> loaded = isRecord(entry)
                ? schema.load(key, ((EntryValue.Fields) entry.value()).fields())
                : new Loaded.Unreadable<>("", entry.type().wireName(), "an object");
        if (loaded instanceof Loaded.Complete<T> complete) {
            return complete.value();
        }
        throw InvalidRecordException.found(schema.name(), key, loaded);
    }

    /** Whether it was put together of what stands below its path. */
    static boolean isRecord(Entry entry) {
        return entry.type() == EntryType.MAP && !entry.value().isWhole();
    }

    Optional<StoredRecord<T>> stored(String key) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Entry whole = entry(key).orElse(null);
            if (whole == null) {
                return Optional.empty();
            }
            T value = required(key, whole);
            Map<String, Long> revisions = schema.mode() == Schema.Mode.MAP ? Map.of() : fieldRevisions(key, whole);
            if (revisions != null) {
                return Optional.of(new StoredRecord<>(value, whole.revision(), revisions));
            }
        }
        throw new VarveException(
                ErrorKind.OVERLOADED, schema.path(key) + " changes faster than it can be read; try again");
    }

    /** The revisions of the fields that make up a record, or null when one was changed after the record was read. */
    private @Nullable Map<String, Long> fieldRevisions(String key, Entry whole) {
        Map<String, EntryPath> paths = new LinkedHashMap<>();
        Map<String, EntryValue> there = ((EntryValue.Fields) whole.value()).fields();
        for (String field : schema.fieldNames()) {
            if (there.containsKey(field)) {
                paths.put(field, schema.path(key, field));
            }
        }
        Map<EntryPath, Entry> leaves = paths.isEmpty() ? Map.of() : entries.getAll(paths.values());
        Map<String, Long> revisions = new LinkedHashMap<>();
        for (Map.Entry<String, EntryPath> field : paths.entrySet()) {
            Entry leaf = leaves.get(field.getValue());
            Entry found = leaf != null ? leaf : entries.get(field.getValue()).orElse(null);
            // A later change of it would have a later number than all that was read before.
            if (found == null || found.revision() > whole.revision()) {
                return null;
            }
            revisions.put(field.getKey(), found.revision());
        }
        return revisions;
    }

    // ---- all

    List<T> all() {
        List<FoundRecord> found = listing.through(listed -> {
            List<FoundRecord> records = new ArrayList<>();
            new FoundRecords(listed, schema.prefix()).forEachRemaining(records::add);
            return records;
        });
        return found.stream().flatMap(this::loadedOrSkipped).toList();
    }

    /** Read as records are asked for, from then on. */
    Stream<T> stream() {
        return StreamSupport.stream(
                        () -> Spliterators.spliteratorUnknownSize(
                                new FoundRecords(listing.iterator(), schema.prefix()), TRAITS),
                        TRAITS,
                        false)
                .flatMap(this::loadedOrSkipped);
    }

    long count() {
        return listing.through(listed -> {
            long count = 0;
            for (FoundRecords records = new FoundRecords(listed, schema.prefix()); records.hasNext(); records.next()) {
                count++;
            }
            return count;
        });
    }

    private Stream<T> loadedOrSkipped(FoundRecord found) {
        Loaded<T> loaded = schema.load(found.key(), found.fields());
        if (loaded instanceof Loaded.Complete<T> complete) {
            return Stream.of(complete.value());
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "skipping " + schema.name() + " \"" + found.key() + "\" at " + schema.path(found.key()) + ": "
                        + loaded.problem());
        return Stream.empty();
    }
}
