package dev.varve.engine.groups;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** An event of a group that is not settled. Confined to the thread of the groups. */
final class Message {

    /** The key of an event that is bound to no order. */
    static final long NO_KEY = 0;

    static final Comparator<Message> BY_POSITION = Comparator.comparingLong(message -> message.position);
    static final Comparator<Message> BY_TIME =
            Comparator.<Message>comparingLong(message -> message.dueNanos).thenComparing(BY_POSITION);

    /** Where a message is. */
    enum Place {
        /** Whoever asks next gets it. */
        READY,
        /** It waits for a time to pass. */
        DELAYED,
        /** A consumer has it. */
        OUT,
        /** Another one of its key is ready, delayed or out. */
        BEHIND
    }

    final long position;
    final long key;

    /** Whether it was parked before. */
    final boolean replayed;

    Place place = Place.BEHIND;

    /** How often it was handed out. */
    int attempts;

    /** Names its last delivery; 0 when none counts any more. */
    long serial;

    /** When it is ready again, or its consumer's time is over. */
    long dueNanos;

    @Nullable String consumer;

    Message(long position, long key, boolean replayed, int attempts) {
        this.position = position;
        this.key = key;
        this.replayed = replayed;
        this.attempts = attempts;
    }
}
