package dev.varve.engine.journal;

import org.jspecify.annotations.Nullable;

/** What the next frame must say to follow the one before. Confined to one thread. */
final class Continuity {

    private boolean known;
    private long sequence;
    private int chain;
    private int index;

    private Continuity() {}

    /** Before any frame was seen: the first one is believed. */
    static Continuity unknown() {
        return new Continuity();
    }

    /** Behind the last frame of a group. */
    static Continuity after(Tail tail) {
        Continuity continuity = new Continuity();
        continuity.known = true;
        continuity.sequence = tail.sequence();
        continuity.chain = tail.chain();
        return continuity;
    }

    /** Believes the next frame, whatever it is. */
    void forget() {
        known = false;
    }

    /** The sequence of the next frame of a user. */
    long sequence() {
        return sequence;
    }

    /** The header checksum of the frame before. */
    int chain() {
        return chain;
    }

    /** How many frames of an unfinished group were seen. */
    int index() {
        return index;
    }

    /**
     * Checks a whole frame against what was seen.
     *
     * @param first whether it is the first of its segment
     * @return null when it follows, else what is wrong
     */
    @Nullable String check(FrameReader frame, boolean first) {
        if (frame.type != FrameFormat.DATA && frame.type != FrameFormat.SEAL && frame.type != FrameFormat.START) {
            return "a frame of type " + frame.type + " is not known";
        }
        if (first != (frame.type == FrameFormat.START)) {
            return "the first frame of a segment, and no other, must be its start";
        }
        if (!known) {
            return null;
        }
        if (frame.sequence != sequence) {
            return "the frame has sequence " + frame.sequence + ", expected is " + sequence;
        }
        if (frame.index != index) {
            return "the frame has index " + frame.index + " in its group, expected is " + index;
        }
        if (frame.chain != chain) {
            return "the frame does not follow the one before";
        }
        return null;
    }

    /**
     * Goes on behind a frame.
     *
     * @return whether a group of a user ended with it
     */
    boolean advance(FrameReader frame) {
        boolean data = frame.type == FrameFormat.DATA;
        boolean last = (frame.flags & FrameFormat.COMMIT) != 0;
        known = true;
        chain = frame.headerCrc;
        sequence = data ? frame.sequence + 1 : frame.sequence;
        index = data && !last ? frame.index + 1 : 0;
        return data && last;
    }
}
