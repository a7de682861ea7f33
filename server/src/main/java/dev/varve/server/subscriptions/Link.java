package dev.varve.server.subscriptions;

import dev.varve.api.Offset;

/** One stream of one subscription: how far it is acknowledged and how far it reaches. Confined to the state's thread. */
final class Link {

    /** The incarnation of a path at which there is no stream. */
    static final long NO_STREAM = -1;

    final SubscriptionEntry owner;
    final String path;
    boolean explicit;
    long incarnation;
    Offset acked;
    Offset tail;

    /** Whether the tail is known: false between loading the log and looking at the stream. */
    boolean seen;

    Link(SubscriptionEntry owner, String path, boolean explicit, long incarnation, Offset acked, Offset tail) {
        this.owner = owner;
        this.path = path;
        this.explicit = explicit;
        this.incarnation = incarnation;
        this.acked = acked;
        this.tail = tail;
    }

    /** Whether there is data past the acknowledged offset. The beginning of an empty stream is its tail. */
    boolean pending() {
        return tail.position() > Math.max(0, acked.position());
    }

    /** Forgets the stream but not that it is linked by name: the next one at this path is new from its beginning. */
    void forgetStream() {
        incarnation = NO_STREAM;
        acked = Offset.ZERO;
        tail = Offset.ZERO;
    }

    StreamView view() {
        return new StreamView(path, explicit ? "explicit" : "glob", incarnation, acked, tail, pending());
    }

    Event.LinkRecord record() {
        return new Event.LinkRecord(path, explicit, acked.toString(), incarnation);
    }
}
