package dev.varve.pekko;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What a journal is asked to write at once, as appends that are to be made one after the other. Several atomic writes share an append as long as
 * it is small: it takes one turn of the disk. Each append expects the version before its first event, so a second writer of the same
 * persistence id is refused.
 *
 * @param appends in order
 * @param answers for each atomic write, why it was rejected, if it was
 */
record WriteBatch(List<EventAppend> appends, List<Optional<Exception>> answers) {

    /** A further write begins a new append where the one before has so many events, or bytes of data. */
    static final int FULL_EVENTS = 1_000;

    static final long FULL_BYTES = 1 << 20;

    static WriteBatch of(Iterable<AtomicWrite> messages, PersistenceIds ids, PersistentEvents events) {
        Builder builder = new Builder();
        List<Optional<Exception>> answers = new ArrayList<>();
        for (AtomicWrite message : messages) {
            AggregateId aggregate = ids.aggregate(message.persistenceId());
            Optional<Exception> rejection;
            try {
                builder.add(aggregate, message.lowestSequenceNr(), written(message, aggregate, events));
                rejection = Optional.empty();
            } catch (Exception e) {
                rejection = Optional.of(e);
                for (int i = 0; i < message.size(); i++) {
                    List<NewEvent> one = List.of(PersistentEvents.rejected());
                    builder.add(aggregate, message.lowestSequenceNr() + i, one);
                }
            }
            answers.add(rejection);
        }
        builder.finish();
        return new WriteBatch(builder.appends, answers);
    }

    /** Throws when the events cannot be written, alone as they are. */
    private static List<NewEvent> written(AtomicWrite message, AggregateId aggregate, PersistentEvents events) {
        List<NewEvent> written = new ArrayList<>();
        for (PersistentRepr one : CollectionConverters.asJava(message.payload())) {
            written.add(events.write(one));
        }
        EventAppend unused = EventAppend.to(aggregate, ExpectedVersion.any(), written);
        return written;
    }

    private static final class Builder {
        private final List<EventAppend> appends = new ArrayList<>();
        private List<NewEvent> pending = new ArrayList<>();
        private AggregateId aggregate = new AggregateId("none", "none");
        private long first;
        private long bytes;

        void add(AggregateId to, long sequenceNr, List<NewEvent> events) {
            long more = events.stream().mapToLong(event -> event.data().size()).sum();
            boolean goesOn = to.equals(aggregate) && sequenceNr == first + pending.size();
            if (!goesOn || pending.size() + events.size() > FULL_EVENTS || bytes + more > FULL_BYTES) {
                finish();
                aggregate = to;
                first = sequenceNr;
            }
            pending.addAll(events);
            bytes += more;
        }

        void finish() {
            if (!pending.isEmpty()) {
                // The version of the event before the first one.
                ExpectedVersion expected = ExpectedVersion.exactly(first - 2);
                appends.add(EventAppend.to(aggregate, expected, pending));
                pending = new ArrayList<>();
                bytes = 0;
            }
        }
    }
}
