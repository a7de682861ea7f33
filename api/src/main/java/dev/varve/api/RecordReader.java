package dev.varve.api;

import dev.varve.api.spi.Moment;
import dev.varve.api.spi.Transport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Finds records among entries. Thread-safe. */
final class RecordReader<T extends Record> {

    private static final System.Logger LOG = System.getLogger(Repository.class.getName());

    /** How often a record is read anew that others changed between the reads of its fields. */
    private static final int ATTEMPTS = 10;

    private static final int TRAITS = Spliterator.ORDERED | Spliterator.NONNULL;

    /** How many records are kept that were made of values that transports keep, too. */
    private static final int MAX_KNOWN = 10_000;

    /** A record, and the very value that it was made of. */
    private record Made<T>(EntryValue of, T record) {}

    private final Store store;
    private final RecordSchema<T> schema;
    private final MomentListing listing;
    private final Map<String, Made<T>> known = new ConcurrentHashMap<>();

    RecordReader(Store store, RecordSchema<T> schema) {
        this.store = store;
        this.schema = schema;
        this.listing =
                new MomentListing(() -> store.transport().list(schema.pattern()).iterator());
    }

    // ---- one

    /** All that stands at the path of a record with its revision, without looking whether it is one. */
    Optional<Entry> entry(String key) {
        return store.transport().get(schema.path(key));
    }

    /**
     * The record at a path.
     *
     * @throws InvalidRecordException when what stands there is none
     */
    Optional<T> find(String key) {
        Transport transport = store.transport();
        EntryValue value = transport.read(schema.path(key)).orElse(null);
        if (value == null) {
            return Optional.empty();
        }
        if (transport.kind() == Transport.Kind.HTTP) {
            return Optional.of(required(key, value));
        }
        // Copies at hand give the same value while nothing has changed, and records do not change.
        Made<T> made = known.get(key);
        if (made == null || !made.of.equals(value)) {
            made = new Made<>(value, required(key, value));
            if (known.size() >= MAX_KNOWN) {
                known.clear();
            }
            known.put(key, made);
        }
        return Optional.of(made.record);
    }

    /** Records by their keys, all as of one moment. */
    Map<String, T> findAll(Collection<String> keys) {
        Set<String> asked = new LinkedHashSet<>(keys);
        if (asked.size() > EntryQuery.MAX_LIMIT) {
            throw new IllegalArgumentException("at most " + EntryQuery.MAX_LIMIT + " keys can be read at once, were "
                    + asked.size() + "; use page or stream");
        }
        asked.forEach(schema::path);
        if (asked.isEmpty()) {
            return Map.of();
        }
        // A copy at hand needs no request.
        Map<String, EntryValue> values = store.transport().kind() == Transport.Kind.LIVE ? null : entries(asked);
        if (values == null) {
            values = MomentListing.retried(() -> store.transport()
                    .now(schema.pattern())
                    .map(now -> values(now, asked))
                    .orElseGet(() -> listed(asked)));
        }
        Map<String, T> found = new LinkedHashMap<>();
        for (String key : asked) {
            EntryValue value = values.get(key);
            if (value != null) {
                found.put(key, required(key, value));
            }
        }
        return Collections.unmodifiableMap(found);
    }

    /**
     * What records are made of, read at once where every field is one entry; null where that does not tell all. A field that has
     * no entry of its own may be stored as something else, or not at all, which only a read of the whole record tells.
     */
    private @Nullable Map<String, EntryValue> entries(Set<String> keys) {
        List<String> names = schema.fieldNames();
        if (names.stream().anyMatch(schema::mayBeObject) || keys.size() * (long) names.size() > EntryQuery.MAX_LIMIT) {
            return null;
        }
        List<EntryPath> paths = new ArrayList<>();
        keys.forEach(key -> names.forEach(name -> paths.add(schema.path(key, name))));
        Map<EntryPath, Entry> there = store.transport().getAll(paths);
        Map<String, EntryValue> values = new HashMap<>();
        for (String key : keys) {
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            for (String name : names) {
                Entry entry = there.get(schema.path(key, name));
                if (entry != null) {
                    fields.put(name, entry.value());
                }
            }
            if (fields.size() == names.size()) {
                values.put(key, new EntryValue.Fields(fields));
            } else if (!fields.isEmpty()) {
                return null;
            }
        }
        return values;
    }

    private Map<String, EntryValue> values(Moment now, Set<String> keys) {
        Map<String, EntryValue> values = new HashMap<>();
        for (String key : keys) {
            now.read(schema.path(key))
                    .filter(value -> value instanceof EntryValue.Fields object && isOfFields(object))
                    .ifPresent(value -> values.put(key, value));
        }
        return values;
    }

    private Map<String, EntryValue> listed(Set<String> keys) {
        Map<String, EntryValue> values = new HashMap<>();
        new FoundRecords(store.transport().list(schema.pattern()).iterator(), schema.prefix())
                .forEachRemaining(found -> {
                    EntryValue.Fields value = new EntryValue.Fields(found.fields());
                    if (keys.contains(found.key()) && isOfFields(value)) {
                        values.put(found.key(), value);
                    }
                });
        return values;
    }

    /** Whether anything in an object is a field of the type. */
    private boolean isOfFields(EntryValue.Fields object) {
        return !object.isWhole() && schema.fieldNames().stream().anyMatch(object.fields()::containsKey);
    }

    boolean exists(String key) {
        return store.transport().exists(schema.path(key));
    }

    /**
     * The record that stands at its path.
     *
     * @throws InvalidRecordException when it is none
     */
    T required(String key, EntryValue value) {
        Loaded<T> loaded = load(key, value);
        if (loaded instanceof Loaded.Complete<T> complete) {
            return complete.value();
        }
        throw InvalidRecordException.found(schema.name(), key, loaded);
    }

    /** The record that stands at its path, if it was put together of what stands below it. */
    Loaded<T> load(String key, EntryValue value) {
        return value instanceof EntryValue.Fields object && !object.isWhole()
                ? schema.load(key, object.fields())
                : new Loaded.Unreadable<>("", EntryType.of(value).wireName(), "an object");
    }

    Optional<StoredRecord<T>> stored(String key) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Entry whole = entry(key).orElse(null);
            if (whole == null) {
                return Optional.empty();
            }
            T value = required(key, whole.value());
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
        Transport transport = store.transport();
        Map<String, EntryPath> paths = new LinkedHashMap<>();
        Map<String, EntryValue> there = ((EntryValue.Fields) whole.value()).fields();
        for (String field : schema.fieldNames()) {
            if (there.containsKey(field)) {
                paths.put(field, schema.path(key, field));
            }
        }
        Map<EntryPath, Entry> leaves = paths.isEmpty() ? Map.of() : transport.getAll(paths.values());
        Map<String, Long> revisions = new LinkedHashMap<>();
        for (Map.Entry<String, EntryPath> field : paths.entrySet()) {
            Entry leaf = leaves.get(field.getValue());
            Entry found = leaf != null ? leaf : transport.get(field.getValue()).orElse(null);
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
        return readable(found);
    }

    /** Those that are records; others are told of. */
    List<T> readable(List<FoundRecord> found) {
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
