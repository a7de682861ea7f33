package dev.varve.engine.events;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Counts events slice by slice. Used by one thread at a time. */
final class EventCount {
    private final EventsFace face;
    private final EventLog log;
    private final Work work;
    private final long atMost;
    private EventRead read;
    private EventReader reading;
    private long count;

    EventCount(EventsFace face, EventLog log, Work work, EventRead asked, long atMost) {
        this.face = face;
        this.log = log;
        this.work = work;
        this.atMost = atMost;
        this.read = onwards(asked, asked.after(), asked.from(), atMost);
        this.reading = reader(read);
    }

    private static EventRead onwards(EventRead of, long after, @Nullable Instant from, long atMost) {
        return new EventRead(
                of.aggregate(), of.category(), of.query(), of.filter(), false, after, of.upTo(), from, 0, (int)
                        Math.min(atMost, EventRead.MAX_LIMIT));
    }

    private EventReader reader(EventRead next) {
        return new EventReader(face.state(), log, next, face.time().millis(), work);
    }

    /** How many there are; null when the task is over before that is known. */
    @Nullable Long goOn() throws IOException {
        for (EventSlice slice = reading.goOn(); slice != null; slice = reading.goOn()) {
            count += slice.events().size();
            if (!slice.more() || count >= atMost) {
                return Math.min(count, atMost);
            }
            // Where it begins is known by now.
            read = onwards(read, slice.next(), null, atMost - count);
            reading = reader(read);
            if (work.isDone()) {
                return null;
            }
        }
        return null;
    }
}
