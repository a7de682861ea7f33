package dev.varve.api.spi;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.StoreInfo;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values of an embedded store that were read before and have not changed since.
 *
 * <p>A storage tells how far a store is without touching the disk. While that is where the cache has looked last, all in it is as it
 * stands. When the store has gone on, whoever reads next goes through the changes since, which memory still has, and takes out
 * what they wrote; where that cannot be done at once, the cache begins anew. A value is only put in if its revision says that it has
 * stood like that since where the cache is, and the cache is still there. Thread-safe.
 */
final class ReadCache {

    /** How many values there may be. */
    private static final int MAX_VALUES = 10_000;

    /** Values that weigh more, in characters and values nested in them, are read anew each time. */
    private static final int MAX_WEIGHT = 2_048;

    /** More changes than these at once, and the cache begins anew. */
    private static final int MAX_CHANGES = 1_000;

    /** Up to where all that is cached is known to stand. */
    private record Position(UUID store, long storeSeq) {}

    private final EntryStorage storage;
    private final String store;
    private final Map<EntryPath, EntryValue> values = new ConcurrentHashMap<>();
    private volatile @Nullable Position position;
    /** The most segments of a path of a value. Guarded by this. */
    private int deepest;

    ReadCache(EntryStorage storage, String store) {
        this.storage = storage;
        this.store = store;
    }

    /**
     * The value at a path, as it stands.
     *
     * @param reader reads what is not here
     */
    Optional<EntryValue> read(EntryPath path, Function<EntryPath, Optional<Entry>> reader) {
        StoreInfo now = storage.store(store).orElse(null);
        if (now == null) {
            return Optional.empty();
        }
        Position at = position;
        if (at == null || at.storeSeq != now.storeSeq() || !at.store.equals(now.id())) {
            at = goOn(now);
        }
        EntryValue known = values.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        Entry read = reader.apply(path).orElse(null);
        if (read == null) {
            return Optional.empty();
        }
        if (read.revision() <= at.storeSeq && weight(read.value(), 0) <= MAX_WEIGHT) {
            put(path, read.value(), at);
        }
        return Optional.of(read.value());
    }

    /** Takes out what was written since. */
    private synchronized Position goOn(StoreInfo now) {
        Position at = position;
        Position next = new Position(now.id(), now.storeSeq());
        if (at != null && at.store.equals(now.id())) {
            if (at.storeSeq >= now.storeSeq()) {
                return at; // somebody else was here
            }
            List<EntryEvent> changes = changes(at.storeSeq, now.storeSeq());
            if (changes != null) {
                changes.forEach(change -> takeOut(change.path()));
                position = next;
                return next;
            }
        }
        // Nobody may find a value between these two that is not of the new position.
        position = null;
        values.clear();
        deepest = 0;
        position = next;
        return next;
    }

    /** All changes after one, up to another, when they are there at once; else null. */
    private @Nullable List<EntryEvent> changes(long after, long through) {
        if (through - after > MAX_CHANGES) {
            return null;
        }
        CompletableFuture<EntryEventPage> page = storage.events(store, after, (int) (through - after));
        try {
            EntryEventPage there = page.getNow(null);
            return there != null && there.events().size() == through - after ? there.events() : null;
        } catch (RuntimeException e) {
            return null; // the reader is told what is wrong, if it concerns it
        }
    }

    private void takeOut(EntryPath path) {
        List<String> segments = path.segments();
        for (int depth = Math.min(segments.size(), deepest); depth > 0; depth--) {
            values.remove(EntryPath.of(segments.subList(0, depth)));
        }
        if (segments.size() < deepest) {
            values.keySet().removeIf(below -> {
                List<String> other = below.segments();
                return other.size() > segments.size()
                        && other.subList(0, segments.size()).equals(segments);
            });
        }
    }

    private synchronized void put(EntryPath path, EntryValue value, Position at) {
        if (!at.equals(position)) {
            return; // it may have been written since, and taken out before it is in
        }
        if (values.size() >= MAX_VALUES) {
            Iterator<EntryPath> some = values.keySet().iterator();
            some.next();
            some.remove();
        }
        deepest = Math.max(deepest, path.segments().size());
        values.put(path, value);
    }

    /** About how much it takes, or something above the bound. */
    private static int weight(EntryValue value, int before) {
        int weight = before + 16;
        if (weight > MAX_WEIGHT) {
            return weight;
        }
        if (value instanceof EntryValue.Text text) {
            return weight + text.value().length();
        }
        if (value instanceof EntryValue.Items items) {
            for (EntryValue item : items.items()) {
                weight = weight(item, weight);
            }
        } else if (value instanceof EntryValue.Fields object) {
            for (Map.Entry<String, EntryValue> field : object.fields().entrySet()) {
                weight = weight(field.getValue(), weight + field.getKey().length());
            }
        }
        return weight;
    }
}
