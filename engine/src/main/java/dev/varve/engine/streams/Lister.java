package dev.varve.engine.streams;

import dev.varve.api.ListResult;
import dev.varve.api.StreamMetadata;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lists streams in byte order of their paths: what the state has, overlaid by what has changed since. A page is as of
 * about now, not of one moment. Blocks on the disk. Thread-safe.
 */
final class Lister {

    private static final int SCAN_STEP = 1_000;

    private final StreamsFace face;

    Lister(StreamsFace face) {
        this.face = face;
    }

    ListResult list(String prefix, @Nullable String after, int limit) throws IOException {
        byte[] first = Binary.key(prefix);
        byte @Nullable [] end = successorOfPrefix(first);
        byte[] from = first;
        if (after != null && Arrays.compareUnsigned(Binary.key(after), first) >= 0) {
            from = successor(Binary.key(after));
        }
        List<StreamMetadata> found = new ArrayList<>();
        while (true) {
            NavigableMap<byte[], Long> step = step(from, end);
            for (Map.Entry<byte[], Long> path : step.entrySet()) {
                StreamMetadata metadata =
                        path.getValue() == Generation.TOMBSTONE ? null : metadata(path.getKey(), path.getValue());
                if (metadata == null) {
                    continue;
                }
                if (found.size() == limit) {
                    return new ListResult.Listing(List.copyOf(found), true);
                }
                found.add(metadata);
            }
            if (step.size() < SCAN_STEP) {
                return new ListResult.Listing(List.copyOf(found), false);
            }
            from = successor(step.lastKey());
        }
    }

    /** The next paths, the first {@value #SCAN_STEP} of all layers together. */
    private NavigableMap<byte[], Long> step(byte[] from, byte @Nullable [] end) throws IOException {
        // The layers are looked at from the newest to the oldest, so that a checkpoint in between hides nothing.
        Generation active = face.table.active();
        Generation frozen = face.table.frozen();
        NavigableMap<byte[], Long> merged = new TreeMap<>(Arrays::compareUnsigned);
        add(merged, active, from, end);
        if (frozen != null) {
            add(merged, frozen, from, end);
        }
        try (StateStore.Cursor cursor = face.store().scan(Table.STREAM_PATHS, from, end)) {
            for (int i = 0; i < SCAN_STEP && cursor.next(); i++) {
                merged.putIfAbsent(cursor.key(), ByteBuffer.wrap(cursor.value()).getLong());
            }
        }
        while (merged.size() > SCAN_STEP) {
            merged.pollLastEntry();
        }
        return merged;
    }

    private static void add(
            NavigableMap<byte[], Long> merged, Generation generation, byte[] from, byte @Nullable [] end) {
        int added = 0;
        for (Map.Entry<byte[], Long> path : generation.paths.tailMap(from, true).entrySet()) {
            if (added == SCAN_STEP || (end != null && Arrays.compareUnsigned(path.getKey(), end) >= 0)) {
                return;
            }
            merged.putIfAbsent(path.getKey(), path.getValue());
            added++;
        }
    }

    private @Nullable StreamMetadata metadata(byte[] path, long incarnation) throws IOException {
        Stream stream = face.table.byIncarnation(incarnation);
        if (stream == null) {
            // Either the state has the last of it, or it is gone since its path was looked up. Then its path says so,
            // and
            // only then the state must not be asked: it may have the stream as it was long before.
            Long changed = face.table.changed(path);
            if (changed != null && changed != incarnation) {
                return null;
            }
            stream = face.table.loadIncarnation(incarnation);
        }
        Stream.Seen seen = stream == null ? null : face.seen(stream);
        if (seen == null
                || seen.view().deleted()
                || seen.stream().identity.reserved()
                || seen.view().head().removed()
                || face.hasExpired(seen.stream())) {
            return null;
        }
        return seen.view().head().metadata();
    }

    private static byte[] successor(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** The first key after all that start with a prefix, or null when there is no bound. */
    private static byte @Nullable [] successorOfPrefix(byte[] prefix) {
        for (int i = prefix.length - 1; i >= 0; i--) {
            if (prefix[i] != (byte) 0xFF) {
                byte[] next = Arrays.copyOf(prefix, i + 1);
                next[i]++;
                return next;
            }
        }
        return null;
    }
}
