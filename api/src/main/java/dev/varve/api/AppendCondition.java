package dev.varve.api;

/**
 * What must not have happened for an append to be made: a boundary of consistency that is drawn for one decision, over types and tags, and
 * not by aggregate. Immutable.
 *
 * <pre>{@code
 * EventQuery boundary = EventQuery.tags("course:c1");
 * long seen = store.events().read(EventRead.all().matching(boundary)).head();
 * AppendCondition nothingNew = new AppendCondition(boundary, seen);
 * store.events().append(EventAppend.when(nothingNew, NewEvent.json("CourseClosed", "{}").withTags("course:c1")));
 * }</pre>
 *
 * @param failIfEventsMatch the append is refused when an event that this means stands after {@code after}
 * @param after the last position that the writer knows, as {@link EventSlice#head} told it; {@link EventStore#EMPTY} when any such event that is
 *     there refuses the append
 */
public record AppendCondition(EventQuery failIfEventsMatch, long after) {

    /**
     * Checks the position.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} below -1
     */
    public AppendCondition {
        if (after < EventStore.EMPTY) {
            throw EventTexts.invalid("a condition looks after a position from -1 on, was " + after);
        }
    }
}
