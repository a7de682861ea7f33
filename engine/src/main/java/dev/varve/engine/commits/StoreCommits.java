package dev.varve.engine.commits;

import dev.varve.engine.commits.CommitItem.StreamRange;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The commits of one store in memory: those that the state does not have yet.
 *
 * <h2>Who sees what</h2>
 *
 * The owner adds a commit to the newest block once its frame is done with, and moves {@link #last} when all faces show it. Readers take
 * {@code last} first and the blocks after it, and look at nothing beyond {@code last}. Blocks that a checkpoint has written go from the front,
 * so a reader that has the array has everything that the state may not have shown it.
 */
public final class StoreCommits {

    private static final byte VERSION = 1;

    final long number;
    final String name;

    /* Of the owner. */
    private @Nullable Open open;
    private @Nullable CommitBlock active;

    /** How many commits the state has. Of the owner; of the checkpoint's thread while it writes. */
    long inStateCount;

    /* For anyone. */
    volatile CommitBlock[] blocks = {};

    /** The number of the last commit that can be seen; of a store without one, what its first will be greater than. */
    volatile long last;

    /** Commits up to this number are not kept. */
    volatile long floor;

    /** Changes of entries up to this one are not kept, and so no commits up to the last that has one of them. */
    volatile long entriesCompacted;

    /** Which commit that is. */
    volatile EntriesFloor entriesFloor = new EntriesFloor(0, 0);

    /** Whether the state may have commits of this store. */
    volatile boolean inState;

    volatile boolean gone;

    final CopyOnWriteArrayList<Listening> listeners = new CopyOnWriteArrayList<>();

    /** Up to which commit changes of entries up to another are needed. */
    record EntriesFloor(long compactedSeq, long number) {}

    /** One subscription; the same listener may have several. */
    static final class Listening {
        final LongConsumer listener;

        Listening(LongConsumer listener) {
            this.listener = listener;
        }
    }

    /** A commit whose parts are being put in place. */
    private static final class Open {
        private final long number;
        private final long timeMillis;
        private long bytes;
        private long firstEntry;
        private long entries;
        private long firstEvent;
        private long events;

        /** By incarnation, in the order of their first appends. */
        private Map<Long, StreamRange> streams = Map.of();

        Open(long number, long timeMillis) {
            this.number = number;
            this.timeMillis = timeMillis;
        }

        CommitItem item() {
            return new CommitItem(
                    number, timeMillis, bytes, firstEntry, entries, firstEvent, events, List.copyOf(streams.values()));
        }
    }

    StoreCommits(long number, String name, long floor) {
        this.number = number;
        this.name = name;
        this.floor = floor;
        this.last = floor;
    }

    /** The number of the commit whose parts are being put in place; 0 when there is none. */
    long openNumber() {
        return open == null ? 0 : open.number;
    }

    void begin(long commit, long timeMillis) {
        open = new Open(commit, timeMillis);
    }

    void entry(long storeSeq, long bytes) {
        Open commit = opened();
        if (commit.entries++ == 0) {
            commit.firstEntry = storeSeq;
        }
        commit.bytes += bytes;
    }

    void events(long first, long count, long bytes) {
        Open commit = opened();
        if (commit.events == 0) {
            commit.firstEvent = first;
        }
        commit.events += count;
        commit.bytes += bytes;
    }

    void stream(String path, long incarnation, long from, long to, boolean closed) {
        Open commit = opened();
        commit.bytes += to - from;
        if (commit.streams.isEmpty()) {
            commit.streams = new LinkedHashMap<>(2);
        }
        StreamRange before = commit.streams.get(incarnation);
        commit.streams.put(
                incarnation,
                before == null
                        ? new StreamRange(path.substring(name.length() + 1), incarnation, from, to, closed)
                        : new StreamRange(before.path(), incarnation, before.from(), to, before.closed() || closed));
    }

    private Open opened() {
        Open commit = open;
        if (commit == null) {
            throw new IllegalStateException("no commit of " + name + " was begun");
        }
        return commit;
    }

    /** The commit has all its parts. Gives how much more memory is taken. */
    int finish() {
        CommitItem item = opened().item();
        open = null;
        CommitBlock block = active;
        if (block != null && !block.isFull()) {
            return block.add(item);
        }
        CommitBlock fresh = new CommitBlock();
        int bytes = fresh.add(item) + CommitBlock.OVERHEAD_BYTES;
        active = fresh;
        CommitBlock[] now = blocks;
        CommitBlock[] more = Arrays.copyOf(now, now.length + 1);
        more[now.length] = fresh;
        blocks = more;
        return bytes;
    }

    /** What comes from now on belongs to the next checkpoint. Gives what belongs to this one. */
    List<CommitBlock> freeze() {
        active = null;
        return List.of(blocks);
    }

    /** The state has these. */
    void retire(List<CommitBlock> written) {
        CommitBlock[] now = blocks;
        blocks = Arrays.copyOfRange(now, written.size(), now.length);
    }

    // ---- as a row of the state

    byte[] stored(long lastWritten, long count) {
        return ByteBuffer.allocate(1 + 3 * Long.BYTES)
                .put(VERSION)
                .putLong(floor)
                .putLong(lastWritten)
                .putLong(count)
                .array();
    }

    static StoreCommits ofStored(long number, String name, byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("commits of version " + version + ", this Varve reads " + VERSION);
        }
        StoreCommits store = new StoreCommits(number, name, in.getLong());
        store.last = in.getLong();
        store.inStateCount = in.getLong();
        store.inState = true;
        return store;
    }

    byte[] key() {
        return Binary.key(number);
    }
}
