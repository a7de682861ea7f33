package dev.varve.bench.histories;

/** A way to a store of entries. Confined to its client's thread. */
interface EntryTarget extends Target<EntryRequest, EntryAnswer> {

    /** Whether a write that is sent again under its name is recognised. */
    boolean recognises();
}
