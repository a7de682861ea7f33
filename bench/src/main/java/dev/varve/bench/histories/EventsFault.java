package dev.varve.bench.histories;

/** What can be wrong with a store of events, put between a client and a right one. */
enum EventsFault {
    /** An append is answered and not made. */
    LOST_APPEND,
    /** An append is made twice. */
    DOUBLE_APPEND,
    /** An append is answered before it is made. */
    EARLY_ANSWER,
    /** Expected versions are passed over. */
    IGNORED_VERSION,
    /** Conditions are passed over. */
    IGNORED_CONDITION,
    /** A condition looks at less than it should. */
    NARROW_CONDITION,
    /** The events of an append are made one by one. */
    HALF_APPEND,
    /** An append that comes again is made again. */
    FORGOTTEN_ID,
    /** A read shows less than what was there. */
    STALE_READ,
    /** An append is refused without a reason. */
    WRONG_REFUSAL,
    /** A transaction changes its entry and appends to its stream, and makes no events. */
    TRANSACTION_WITHOUT_EVENTS,
    /** A transaction makes its events and nothing else. */
    TRANSACTION_OF_EVENTS_ALONE,
    /** A transaction is made twice, as if its key were another the second time. */
    DOUBLE_TRANSACTION,
    /** A transaction is whole in the end, but for a while its events are there without its entry. */
    TRANSACTION_IN_PARTS,
    /** A key that was used takes another transaction. */
    FORGOTTEN_KEY,
    /** The feed leaves out a commit. */
    COMMIT_LEFT_OUT,
    /** The feed tells a commit twice. */
    COMMIT_TOLD_TWICE,
    /** The feed tells a commit as two, each with a part of it. */
    COMMIT_IN_TWO,
    /** The feed ends before the last commit. */
    LATE_FEED,
    /** An entry is said to be set, and is not. */
    LOST_CHANGE,
    /** What an entry that is set by itself expects is passed over. */
    IGNORED_REVISION,
    /** What is added to an entry is added twice. */
    DOUBLE_CHANGE,
    /** A message is said to be in the stream, and is not. */
    LOST_MESSAGE,
    /** An aggregate is said to be deleted, and is not. */
    LOST_DELETION,
    /** What a deletion expects is passed over. */
    IGNORED_VERSION_OF_DELETION,
    /** A deleted aggregate takes an append that expects the version it had. */
    DELETED_WITH_VERSION;

    /** Puts this fault into a system. */
    Target.Factory<EventRequest, EventAnswer> plantIn(Target.Factory<EventRequest, EventAnswer> right) {
        return () -> new FaultyEvents(this, right.connect());
    }
}
