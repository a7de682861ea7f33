package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams in memory, and how others get there. Bounded: a stream that has not changed since the last checkpoint and
 * was not used lately is dropped when there are too many; a stream that is not here is found in the state by a pool of
 * threads, never by the owner.
 *
 * <p>{@link #find}, {@link #byIncarnation(long)}, {@link #changed} and {@link #loadIncarnation} are for everyone, all else is for the shard's owner.
 */
final class StreamTable {

    private static final int MAX_KNOWN_ABSENT = 10_000;
    private static final int EVICTIONS_PER_INSERT = 4;
    private static final int MIN_GONE_IN_RING = 1_024;

    private final StateStore store;
    private final EngineTime time;
    private final Executor pool;
    private final Listeners listeners;
    private final int maxCleanStreams;
    private final Consumer<Stream> writeTouch;

    private final ConcurrentHashMap<String, Stream> byPath = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, Stream> byIncarnation = new ConcurrentHashMap<>();
    /** The streams in memory that expire or are trimmed. */
    private final Set<Stream> timed = ConcurrentHashMap.newKeySet();

    private volatile Generation active = new Generation();
    private volatile @Nullable Generation frozen;

    // Owner only.
    private @Nullable Sequencer sequencer;
    private final Set<Object> loading = new HashSet<>();
    /** How many generations have gone to the state. */
    private long drops;
    /** For incarnations on their way: the paths and incarnations that were asked for. */
    private final Map<Object, Set<Object>> waiting = new HashMap<>();

    private final Map<Object, VarveException> failed = new HashMap<>();
    private final Map<Object, Boolean> absent = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Boolean> eldest) {
            return size() > MAX_KNOWN_ABSENT;
        }
    };
    private final ArrayDeque<Stream> evictionRing = new ArrayDeque<>();
    /** About how many in the ring are gone; with many they do not stay in memory until their turn comes. */
    private int goneInRing;

    StreamTable(
            StateStore store,
            EngineTime time,
            Executor pool,
            Listeners listeners,
            int maxCleanStreams,
            Consumer<Stream> writeTouch) {
        this.store = store;
        this.time = time;
        this.pool = pool;
        this.listeners = listeners;
        this.maxCleanStreams = maxCleanStreams;
        this.writeTouch = writeTouch;
    }

    void attach(Sequencer shardSequencer) {
        sequencer = shardSequencer;
    }

    Generation active() {
        return active;
    }

    @Nullable Generation frozen() {
        return frozen;
    }

    Generation freeze(long nextIncarnation) {
        Generation full = active;
        full.nextIncarnation = nextIncarnation;
        frozen = full;
        active = new Generation();
        return full;
    }

    void dropFrozen() {
        frozen = null;
        drops++;
    }

    /** The stream in memory at a path, durable or not. */
    @Nullable Stream find(String path) {
        return byPath.get(path);
    }

    @Nullable Stream byIncarnation(long incarnation) {
        return byIncarnation.get(incarnation);
    }

    int size() {
        return byIncarnation.size();
    }

    /** What the owner knows of a path or an incarnation without the disk. */
    enum Knowledge {
        /** It is in memory, or certainly absent. */
        KNOWN,
        /** It is being loaded; ask again when the sequencer says so. */
        LOADING,
        /** It could not be loaded. */
        FAILED
    }

    /** Makes sure that it is known what is at a path. */
    Knowledge know(String path) {
        if (byPath.containsKey(path)) {
            return Knowledge.KNOWN;
        }
        byte[] key = Binary.key(path);
        Long changed = changed(key);
        if (changed != null) {
            // Of a generation that is being retired, the first streams may have left memory already.
            return changed == Generation.TOMBSTONE ? Knowledge.KNOWN : knowHead(path, changed);
        }
        if (absent.containsKey(path) || store.surelyAbsent(Table.STREAM_PATHS, key)) {
            return Knowledge.KNOWN;
        }
        if (failed.containsKey(path)) {
            return Knowledge.FAILED;
        }
        long dropsBefore = drops;
        return load(path, owner -> {
            byte[] incarnation = store.get(Table.STREAM_PATHS, key);
            owner.post(() -> resolved(owner, path, incarnation, dropsBefore));
        });
    }

    /**
     * What has happened to a path since it was written to the state: an incarnation, a tombstone, or null. When it is null
     * although something has happened, the state has it already. Thread-safe.
     */
    @Nullable Long changed(byte[] key) {
        // From the newest to the oldest, so that a checkpoint in between hides nothing.
        Long changed = active.paths.get(key);
        Generation old = frozen;
        return changed == null && old != null ? old.paths.get(key) : changed;
    }

    /** Makes sure that a stream is in memory, if it exists. */
    Knowledge know(long incarnation) {
        return knowHead(incarnation, incarnation);
    }

    /**
     * Loads a head unless it is there or on its way. By its incarnation only, never twice at a time: a head that arrives
     * late could be older than what happened to the stream meanwhile.
     *
     * @param forWhat the path or incarnation that was asked for
     */
    private Knowledge knowHead(Object forWhat, long incarnation) {
        // That there is no such stream is an answer to who asked for the stream, not to who knows its path.
        if (byIncarnation.containsKey(incarnation) || absent.containsKey(forWhat)) {
            return Knowledge.KNOWN;
        }
        if (failed.containsKey(forWhat)) {
            return Knowledge.FAILED;
        }
        waiting.computeIfAbsent(incarnation, key -> new LinkedHashSet<>()).add(forWhat);
        return load(incarnation, owner -> {
            Stream stream = loadIncarnation(incarnation);
            owner.post(() -> install(owner, incarnation, stream));
        });
    }

    /** Why a path or an incarnation could not be loaded. */
    VarveException failure(Object pathOrIncarnation) {
        VarveException failure = failed.remove(pathOrIncarnation);
        return failure != null
                ? failure
                : new VarveException(ErrorKind.INTERNAL, "a stream's head could not be loaded");
    }

    /** Reads something on the pool and posts what follows. */
    private interface Loader {
        void load(Sequencer owner) throws IOException;
    }

    private Knowledge load(Object what, Loader loader) {
        Sequencer owner = sequencer;
        if (owner == null) {
            throw new IllegalStateException("streams are loaded only while the shard is running");
        }
        if (!loading.add(what)) {
            return Knowledge.LOADING;
        }
        try {
            pool.execute(() -> {
                try {
                    loader.load(owner);
                } catch (IOException | RuntimeException e) {
                    VarveException failure = new VarveException(
                            kindOf(e), "the head of a stream could not be read: " + e.getMessage(), e);
                    owner.post(() -> failed(owner, what, failure));
                }
            });
        } catch (RejectedExecutionException e) {
            failed(owner, what, DiskErrors.notTaken(e));
            return Knowledge.FAILED;
        }
        return Knowledge.LOADING;
    }

    private void failed(Sequencer owner, Object what, VarveException failure) {
        loading.remove(what);
        Set<Object> told = waiting.remove(what);
        for (Object asked : told == null ? Set.of(what) : told) {
            loading.remove(asked);
            failed.put(asked, failure);
        }
        owner.loaded();
    }

    /** It is known which stream is at a path, or that there is none. */
    private void resolved(Sequencer owner, String path, byte @Nullable [] incarnation, long dropsBefore) {
        if (drops != dropsBefore || changed(Binary.key(path)) != null) {
            // The stream came into memory by its incarnation and was changed: what was read may be outdated.
            loading.remove(path);
            owner.loaded();
            return;
        }
        if (incarnation == null) {
            loading.remove(path);
            absent.put(path, true);
            owner.loaded();
            return;
        }
        long head = ByteBuffer.wrap(incarnation).getLong();
        switch (knowHead(path, head)) {
            case LOADING -> {}
            case FAILED -> owner.loaded();
            case KNOWN -> {
                loading.remove(path);
                owner.loaded();
            }
        }
    }

    /** A disk that fails a read may do better the next time; data that fails its checks will not. */
    static ErrorKind kindOf(Exception failedRead) {
        return DiskErrors.isDiskError(failedRead) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
    }

    private static VarveException headMissing(String path) {
        return new VarveException(ErrorKind.CORRUPT, "the head of the stream at " + path + " is missing");
    }

    /** Reads a head and its producers. On the pool, and by the opener of the shard. */
    @Nullable Stream loadIncarnation(long incarnation) throws IOException {
        byte[] encoded = store.get(Table.STREAM_HEADS, Binary.key(incarnation));
        if (encoded == null) {
            return null;
        }
        StreamHead.Stored stored = StreamHead.decode(encoded);
        StreamHead head = stored.head();
        View view = new View(head, Refs.NONE, stored.position(), false, null);
        Stream stream = new Stream(head, view, null, Math.max(time.startMillis(), head.touchedMillis()));
        if (head.producers() > 0) {
            byte[] from = Binary.key(incarnation);
            try (StateStore.Cursor cursor = store.scan(Table.STREAM_PRODUCERS, from, Binary.key(incarnation + 1))) {
                while (cursor.next()) {
                    byte[] key = cursor.key();
                    String id = new String(key, Long.BYTES, key.length - Long.BYTES, UTF_8);
                    ByteBuffer value = ByteBuffer.wrap(cursor.value());
                    stream.producer(id, new ProducerState(value.getLong(), value.getLong()));
                }
            }
        }
        return stream;
    }

    private void install(Sequencer owner, long incarnation, @Nullable Stream loaded) {
        loading.remove(incarnation);
        Set<Object> told = waiting.remove(incarnation);
        if (loaded != null) {
            insertClean(loaded);
        }
        for (Object asked : told == null ? Set.of() : told) {
            loading.remove(asked);
            if (loaded == null && asked instanceof String path) {
                failed.put(path, headMissing(path));
            } else if (loaded == null) {
                absent.put(asked, true);
            }
        }
        owner.loaded();
    }

    private void index(Stream stream) {
        byIncarnation.put(stream.identity.incarnation(), stream);
        if (stream.identity.timed()) {
            timed.add(stream);
        }
    }

    /** Puts a stream that equals its stored head into memory. */
    void insertClean(Stream stream) {
        index(stream);
        byPath.putIfAbsent(stream.identity.path(), stream);
        becameClean(stream);
    }

    /** Puts a newly decided stream into memory. */
    void insert(Stream stream) {
        index(stream);
        byPath.put(stream.identity.path(), stream);
        absent.remove(stream.identity.path());
    }

    /** Takes a stream that is durably gone out of memory. */
    void remove(Stream stream) {
        byPath.remove(stream.identity.path(), stream);
        byIncarnation.remove(stream.identity.incarnation(), stream);
        timed.remove(stream);
        if (stream.inEvictionRing && ++goneInRing > Math.max(MIN_GONE_IN_RING, evictionRing.size() / 2)) {
            evictionRing.removeIf(candidate -> candidate.decidedGone);
            goneInRing = 0;
        }
    }

    /** A stream's changes are all in the state now: it may be dropped when memory is short. */
    void becameClean(Stream stream) {
        if (!stream.inEvictionRing && !stream.decidedGone) {
            stream.inEvictionRing = true;
            evictionRing.add(stream);
        }
        // The stream itself stays at least until whoever wanted it has been asked again.
        for (int i = 0;
                i < EVICTIONS_PER_INSERT
                        && evictionRing.size() > maxCleanStreams
                        && !stream.equals(evictionRing.peek());
                i++) {
            evictOrKeep(evictionRing.remove());
        }
    }

    private void evictOrKeep(Stream candidate) {
        View view = candidate.newestView();
        boolean busy = candidate.takeUsed()
                || candidate.pins > 0
                || candidate.identity.path().equals(Registry.PATH)
                || listeners.follows(candidate.identity.path());
        if (!busy
                && candidate.identity.ttlSeconds() != null
                && candidate.accessedMillis() > candidate.decided.touchedMillis()) {
            // Its last access must not be forgotten with it.
            writeTouch.accept(candidate);
            busy = true;
        }
        if (candidate.changed != null || candidate.decidedGone || view == null) {
            // It comes back here after the checkpoint that writes it.
            candidate.inEvictionRing = false;
        } else if (busy || candidate.underWay > 0) {
            evictionRing.add(candidate);
        } else {
            candidate.inEvictionRing = false;
            remove(candidate);
        }
    }

    /** All streams in memory. Thread-safe, weakly consistent. */
    Iterable<Stream> inMemory() {
        return byIncarnation.values();
    }

    /** The streams in memory that expire or are trimmed. Thread-safe, weakly consistent. */
    Iterable<Stream> timed() {
        return timed;
    }
}
