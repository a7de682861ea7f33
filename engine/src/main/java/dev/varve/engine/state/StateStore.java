package dev.varve.engine.state;

import dev.varve.engine.io.ReadBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Ordered tables that reflect a journal up to a checkpoint. Written only in checkpoints; after a crash the store is
 * exactly as the last committed checkpoint left it. Reads may touch the disk and run on the engine's pool of platform
 * threads. Thread-safe, except that there is one checkpoint at a time.
 */
public interface StateStore extends AutoCloseable {

    /**
     * The position that the last committed checkpoint reflects.
     *
     * @return replay starts here; 0 in a new store
     */
    long replayFrom();

    /**
     * The name of the last committed checkpoint, as recorded in the journal's snapshot.
     *
     * @return the name, or null in a new store
     */
    @Nullable String checkpointName();

    /**
     * Reads one value.
     *
     * @param table where
     * @param key the key
     * @return the value, or null when there is none
     * @throws IOException when it cannot be read or fails its checks
     */
    byte @Nullable [] get(Table table, byte[] key) throws IOException;

    /**
     * Whether a key is certainly absent, told without touching the disk.
     *
     * @param table where
     * @param key the key
     * @return true only when there is no such key; false when there is, or when only the disk could tell
     */
    boolean surelyAbsent(Table table, byte[] key);

    /**
     * A value, when memory has it: told without touching the disk.
     *
     * @param table where
     * @param key the key
     * @return the value, or null when there is none, when it is empty, or when only the disk could tell
     */
    byte @Nullable [] getIfInMemory(Table table, byte[] key);

    /**
     * Goes through a range of keys in order. The cursor sees the store at one moment; close it soon, it holds space.
     *
     * @param table where
     * @param from the first key, inclusive
     * @param to the last key, exclusive; null for no bound
     * @return a cursor before the first key
     * @throws IOException when the range cannot be read
     */
    Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException;

    /**
     * As {@link #scan}, but begins with the greatest key at or below another, if there is one.
     *
     * @param table where
     * @param lowest keys below this are not looked at; at most {@code from}
     * @param from where to begin when no key stands between {@code lowest} and here
     * @param to the last key, exclusive; null for no bound
     * @return a cursor before the first key
     * @throws IOException when the range cannot be read
     */
    Cursor scanFromFloor(Table table, byte[] lowest, byte[] from, byte @Nullable [] to) throws IOException;

    /**
     * Goes through a range of keys in the opposite order, otherwise as {@link #scan}.
     *
     * @param table where
     * @param from the lowest key, inclusive
     * @param to the highest key, exclusive
     * @return a cursor before the highest key
     * @throws IOException when the range cannot be read
     */
    Cursor scanDown(Table table, byte[] from, byte[] to) throws IOException;

    /**
     * Merges the files of a range, so that they hold nothing any more of what was removed or replaced before the last checkpoint. The next
     * checkpoint has only the merged ones, and the one after that deletes the others for good. May take long.
     *
     * @param table which table
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     * @throws IOException when the disk fails, or the store is closed; nothing of value was changed
     */
    default void rewrite(Table table, byte[] from, byte[] to) throws IOException {}

    /**
     * A key and its value.
     *
     * @param key the key
     * @param value the value
     */
    record Entry(byte[] key, byte[] value) {}

    /** Goes through keys in order. Confined to one thread. */
    interface Cursor extends AutoCloseable {

        /**
         * Moves to the next key.
         *
         * @return false when there is none
         * @throws IOException when it cannot be read
         */
        boolean next() throws IOException;

        /**
         * Leaves out keys: the next one is not below another, or, on a cursor that goes down, below it. What lies between is
         * not read. Never goes back. The cursor must be at a key, and stays there.
         *
         * @param key where to go on
         */
        void skipTo(byte[] key);

        /**
         * The current key.
         *
         * @return a copy
         */
        byte[] key();

        /**
         * Reads the current value.
         *
         * @return a copy
         * @throws IOException when it cannot be read or fails its checks
         */
        byte[] value() throws IOException;

        /**
         * Reads the current value into given memory if it is large; a small one may come on the heap.
         *
         * @param buffers gives the memory
         * @return the value: the remaining bytes, big endian, not to be changed
         * @throws IOException when it cannot be read or fails its checks
         */
        ByteBuffer value(ReadBuffers buffers) throws IOException;

        @Override
        void close();
    }

    /**
     * Begins a checkpoint. What it writes may be seen by readers at once, but survives a crash only after
     * {@link Checkpoint#commit}. An abandoned checkpoint's writes stay visible until the store is opened again: repeat
     * the same writes in the next one.
     *
     * @return the checkpoint to fill
     */
    Checkpoint beginCheckpoint();

    /** A set of changes that becomes durable as one. Confined to one thread. */
    interface Checkpoint extends AutoCloseable {

        /**
         * Sets a value.
         *
         * @param table where
         * @param key the key
         * @param value the value
         * @throws IOException when it cannot be written
         */
        void put(Table table, byte[] key, byte[] value) throws IOException;

        /**
         * Sets a value that was never set before: no checkpoint that was committed has set it, nor has this one. Spares the
         * store the look whether it replaces something. Repeating what an abandoned checkpoint has set is as good as new.
         *
         * @param table where
         * @param key the key
         * @param value the value
         * @throws IOException when it cannot be written
         */
        default void putNew(Table table, byte[] key, byte[] value) throws IOException {
            put(table, key, value);
        }

        /**
         * Removes a key.
         *
         * @param table where
         * @param key the key, present or not
         * @throws IOException when it cannot be written
         */
        void delete(Table table, byte[] key) throws IOException;

        /**
         * Removes a range of keys.
         *
         * @param table where
         * @param from the first key, inclusive
         * @param to the last key, exclusive
         * @throws IOException when it cannot be written
         */
        void deleteRange(Table table, byte[] from, byte[] to) throws IOException;

        /**
         * Shows readers all changes so far, those that were kept back to be written together, too; no later failure of
         * this checkpoint takes them back before the store is opened again.
         *
         * @throws IOException when they cannot be written
         */
        default void show() throws IOException {}

        /**
         * Makes all changes durable, atomically, together with the position they reflect.
         *
         * @param replayFrom the journal position that the store reflects now
         * @return the checkpoint's name
         * @throws IOException when it failed; the last committed checkpoint stands
         */
        String commit(long replayFrom) throws IOException;

        /** Ends the checkpoint, committed or not. */
        @Override
        void close();
    }

    /**
     * Why the store takes no more checkpoints until it is opened again.
     *
     * @return the failure that left in doubt what is on disk, or null while it works
     */
    @Nullable Throwable poison();

    /**
     * Estimates how much a range of keys occupies. May touch the disk.
     *
     * @param table where
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     * @return bytes, as they are on disk and thus maybe compressed, about; those of large values that lie elsewhere not
     * @throws IOException when it cannot be told
     */
    long approximateBytes(Table table, byte[] from, byte[] to) throws IOException;

    /**
     * How much the store occupies.
     *
     * @return bytes on disk, about
     */
    long sizeBytes();

    @Override
    void close() throws IOException;
}
