package dev.varve.engine.streams;

import org.jspecify.annotations.Nullable;

/**
 * A stream as readers see it: durable, at one point of the journal. Immutable.
 *
 * @param head its state
 * @param refs where its data since the last checkpoint stands
 * @param position the journal position that it reflects
 * @param deleted whether the stream is gone
 * @param latest the data of the last append, kept only while somebody follows the stream
 */
record View(
        StreamHead head,
        Refs refs,
        long position,
        boolean deleted,
        @Nullable Latest latest) {

    /**
     * The data of the last append.
     *
     * @param start its first position
     * @param payload the data
     */
    record Latest(long start, Payload payload) {}

    View withHead(StreamHead changed, long reflected) {
        return new View(changed, refs, reflected, deleted, latest);
    }

    View withRefs(Refs changed) {
        return new View(head, changed, position, deleted, latest);
    }

    View asDeleted(long reflected) {
        return new View(head, Refs.NONE, reflected, true, null);
    }
}
