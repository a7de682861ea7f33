package dev.varve.bench.events;

import dev.varve.api.AggregateId;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a log that several writers append to, from where it was read before, and judges it event by event: positions and versions without
 * gap, appends whole, each as one of the writers sent it. Confined to one thread.
 */
final class SharedLog {

    private final String name;
    private final Findings findings;
    private final Map<Integer, LogWriter> writers = new HashMap<>();
    private final Map<AggregateId, Long> versions = new HashMap<>();
    private final List<StoredEvent> append = new ArrayList<>();
    private long next;

    SharedLog(String name, Findings findings) {
        this.name = name;
        this.findings = findings;
    }

    String name() {
        return name;
    }

    /** How many events were read. */
    long size() {
        return next;
    }

    /** The version of an aggregate as it was read. */
    long version(AggregateId aggregate) {
        return versions.getOrDefault(aggregate, EventStore.EMPTY);
    }

    void add(LogWriter writer) {
        writers.put(writer.number(), writer);
    }

    /** Reads what is new, or all of it once more. */
    void read(EventStore events, boolean fromTheBeginning) {
        if (fromTheBeginning) {
            next = 0;
            versions.clear();
            writers.values().forEach(LogWriter::readAnew);
        }
        events.stream(EventRead.all().after(next - 1)).forEach(this::judge);
        if (!append.isEmpty()) {
            findings.add(Kind.TORN, "the log ends in the middle of the append at " + append.getFirst());
            append.clear();
        }
        if (events.head() != next - 1) {
            findings.add(Kind.LOST, "the head is " + events.head() + ", the last event was " + (next - 1));
        }
        writers.values().forEach(LogWriter::wasRead);
    }

    /** Judges the next event. */
    void judge(StoredEvent event) {
        if (event.position() != next) {
            findings.add(
                    event.position() > next ? Kind.LOST : Kind.DUPLICATED,
                    "position " + event.position() + " follows " + (next - 1));
        }
        next = event.position() + 1;
        AggregateId aggregate = event.aggregate();
        if (aggregate != null) {
            long expected = version(aggregate) + 1;
            if (event.version() != expected) {
                findings.add(
                        Kind.REORDERED, "version " + event.version() + " of " + aggregate + " instead of " + expected);
            }
            versions.put(aggregate, event.version());
        }
        append.add(event);
        long first = append.getFirst().position();
        if (event.appendFirst() != first
                || event.appendLast() != append.getFirst().appendLast()) {
            findings.add(Kind.TORN, "in the append from " + first + " on stands " + event);
            append.clear();
        } else if (event.position() >= event.appendLast()) {
            found(List.copyOf(append));
            append.clear();
        }
    }

    private void found(List<StoredEvent> events) {
        int number = LogWriter.writerOf(events.getFirst().id());
        LogWriter writer = writers.get(number);
        if (writer == null) {
            findings.add(Kind.INVENTED, "nobody sent " + events.getFirst());
        } else {
            writer.found(events);
        }
    }

    /** The aggregate that all writers write, and race for. */
    static AggregateId shared() {
        return new AggregateId("shared", "all");
    }

    @Override
    public String toString() {
        return name;
    }
}
