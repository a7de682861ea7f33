package dev.varve.engine.events;

import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the last event that a condition rules out, in what is durable when it begins, in as many parts as its {@link Work} makes of it. Of one thread
 * at a time.
 */
final class MatchSearch {

    private final StateStore state;
    final EventLog log;
    private final EventQuery query;
    private final long after;
    private final long nowMillis;
    private final Work work;

    /** What it finds is of no use any more when the log has another number. */
    final long removals;

    private @Nullable LogReader reader;
    private @Nullable Postings postings;

    /** The highest position that was not looked at yet. */
    private long at;

    private long upTo = EventStore.EMPTY;
    private long found = EventStore.EMPTY;
    private int parts;
    private boolean done;

    MatchSearch(StateStore state, EventLog log, EventQuery query, long after, long nowMillis, Work work) {
        this.state = state;
        this.log = log;
        this.query = query;
        this.after = after;
        this.nowMillis = nowMillis;
        this.work = work;
        this.removals = log.removals.get(); // before anything is looked at
    }

    /** Whether everything was looked at. */
    boolean isDone() {
        return done;
    }

    /** Whether it has taken longer than others are to wait. */
    boolean isLong() {
        return parts >= work.bounds.tasksWaitedFor();
    }

    /** Up to where was looked, once it is done. */
    long upTo() {
        return upTo;
    }

    /** What was found, or {@link EventStore#EMPTY}. */
    long found() {
        return found;
    }

    /** Does one part. */
    void goOn() throws IOException {
        parts++;
        work.beginTask();
        try (LogReader now = reader()) {
            look(now);
        }
        if (done) {
            reader = null;
            postings = null;
        }
    }

    private LogReader reader() {
        LogReader now = reader;
        if (now == null) {
            now = new LogReader(state, log, nowMillis, log.next, work);
            upTo = now.next - 1;
            at = upTo;
        } else if (now.isOutdated()) {
            now = new LogReader(state, log, nowMillis, now.next, work);
            postings = null;
        }
        reader = now;
        return now;
    }

    private void look(LogReader now) throws IOException {
        Postings meant = postings == null ? now.postings(null, query, true) : postings;
        postings = meant;
        at = meant.seek(at);
        while (at > after) {
            byte[] event = now.event(at);
            EventFormat.Head head = EventFormat.isGone(event) ? null : EventFormat.head(event);
            if (head != null && query.matches(head.type(), head.tags()) && now.shows(head, at)) {
                found = at;
                done = true;
                return;
            }
            at--;
            if (work.isDone()) {
                return;
            }
            at = meant.seek(at);
        }
        done = true;
    }
}
