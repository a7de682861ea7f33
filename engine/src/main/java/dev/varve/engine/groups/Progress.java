package dev.varve.engine.groups;

import dev.varve.api.EventStore;

/** How far a group has come. Confined to the thread of the groups. */
final class Progress {

    /** Up to where events were looked at: a position, of a group of one aggregate a version. */
    long cursor;

    /** Events up to this position are not meant; keeps those away that were seen before when the versions of an aggregate are read again. */
    long floor = EventStore.EMPTY;

    /** Every event up to this position that is meant is settled or among the messages. */
    long reached = EventStore.EMPTY;

    /** Whether the time is found at which the group begins. */
    boolean begun;

    boolean paused;
    String pausedReason = "";

    Progress(long cursor) {
        this.cursor = cursor;
    }
}
