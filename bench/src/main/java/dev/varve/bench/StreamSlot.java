package dev.varve.bench;

/** The place of a stream that is replaced by a fresh one when it has grown. Thread-safe. */
final class StreamSlot {

    private final String base;
    private final boolean json;
    private volatile String name;
    private int generation;

    StreamSlot(String base, boolean json) {
        this.base = base;
        this.json = json;
        this.name = base + "-0";
    }

    String name() {
        return name;
    }

    boolean json() {
        return json;
    }

    /** The name of the next stream in this place. */
    String following() {
        return base + "-" + (generation + 1);
    }

    /** Makes the next stream the current one; called by one thread only. */
    void advance() {
        name = following();
        generation++;
    }
}
