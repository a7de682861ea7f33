package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.StoredEvent;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out about one aggregate. What settings say is known at once; where events went one by one, or with time, they are looked at. Used by
 * one thread at a time.
 */
final class AggregateLook {
    private final EventsFace face;
    private final EventLog log;
    private final Work work;
    private final AggregateId aggregate;
    private @Nullable AggregateHead head;
    private EventRead read;
    private @Nullable EventReader reading;

    AggregateLook(EventsFace face, EventLog log, Work work, AggregateId aggregate) {
        this.face = face;
        this.log = log;
        this.work = work;
        this.aggregate = aggregate;
        this.read = EventRead.of(aggregate).withLimit(1);
    }

    AggregateLook(EventsFace face, EventLog log, Work work, AggregateId aggregate, AggregateHead head) {
        this(face, log, work, aggregate);
        this.head = head;
    }

    /** What is known without the disk and without looking at events, or null. */
    @Nullable AggregateInfo inMemory() {
        AggregateHead recent = log.heads.get(aggregate);
        AggregateHead known = recent == null && !log.inState ? AggregateHead.EMPTY : recent;
        return known == null || looks(known) ? null : known.info(aggregate);
    }

    private boolean looks(AggregateHead known) {
        return (log.holes || known.settings().maxAge() != null)
                && known.status() == AggregateStatus.LIVE
                && known.firstVersion() <= known.version();
    }

    /** What there is to know; null when the task is over before that. */
    @Nullable AggregateInfo goOn() throws IOException {
        AggregateHead known = head == null ? LogReader.load(face.state(), log, aggregate) : head;
        head = known;
        if (!looks(known)) {
            return known.info(aggregate);
        }
        EventReader first = reading == null ? reader() : reading;
        EventSlice slice = first.goOn();
        while (slice != null && slice.events().isEmpty() && slice.more()) {
            read = read.next(slice);
            first = reader();
            slice = work.isDone() ? null : first.goOn();
        }
        reading = first;
        return slice == null ? null : from(known.info(aggregate), slice.events());
    }

    private EventReader reader() {
        return new EventReader(face.state(), log, read, face.time().millis(), work);
    }

    private AggregateInfo from(AggregateInfo info, List<StoredEvent> first) {
        return new AggregateInfo(
                aggregate,
                info.status(),
                info.version(),
                first.isEmpty() ? info.version() + 1 : first.getFirst().version(),
                info.lastPosition(),
                info.settings(),
                info.settingsRevision());
    }
}
