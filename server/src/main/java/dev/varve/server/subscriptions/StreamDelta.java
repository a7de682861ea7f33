package dev.varve.server.subscriptions;

import dev.varve.api.Offset;
import dev.varve.api.StreamChange;

/**
 * Changes of one stream, coalesced. When one stream replaced another at the same path only the last one is told; links
 * to the earlier one notice by its incarnation. Immutable.
 *
 * @param path the stream
 * @param incarnation which stream of that path
 * @param created whether its creation is among the changes
 * @param from the tail before the first change
 * @param next the tail after the last change
 * @param deleted whether it is gone
 */
record StreamDelta(String path, long incarnation, boolean created, Offset from, Offset next, boolean deleted) {

    static StreamDelta of(StreamChange change) {
        return new StreamDelta(
                change.path(),
                change.incarnation(),
                change.type() == StreamChange.Type.CREATED,
                change.from(),
                change.next(),
                change.type() == StreamChange.Type.DELETED);
    }

    /** A stream as a listing or a look at its metadata shows it. */
    static StreamDelta found(String path, long incarnation, Offset next) {
        return new StreamDelta(path, incarnation, false, Offset.ZERO, next, false);
    }

    /** These changes and then a later one. */
    StreamDelta then(StreamDelta later) {
        if (incarnation != later.incarnation) {
            return later;
        }
        return new StreamDelta(path, incarnation, created || later.created, from, later.next, later.deleted);
    }
}
