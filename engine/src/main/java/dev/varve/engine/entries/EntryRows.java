package dev.varve.engine.entries;

import java.io.IOException;

/** Goes through entries in the order of their keys, or in the opposite order. Confined to one thread. */
interface EntryRows extends AutoCloseable {

    /** Moves to the next entry; false when there is none. */
    boolean next() throws IOException;

    /** The current key; must not be changed. */
    byte[] key();

    /** The current {@link Leaf}; must not be changed. */
    byte[] leaf() throws IOException;

    /** Leaves out entries, as {@link dev.varve.engine.state.StateStore.Cursor#skipTo} leaves out keys. */
    void skipTo(byte[] key) throws IOException;

    @Override
    void close();
}
