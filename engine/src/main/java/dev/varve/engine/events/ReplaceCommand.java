package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replaces the data of events, or deletes them. Answers how many were there. */
final class ReplaceCommand extends EventCommand<Integer> {

    private final List<Long> positions;
    private final @Nullable EventData replacement;
    private final boolean unreadable;
    private final Map<Long, byte[]> stored = new HashMap<>();

    /**
     * A command.
     *
     * @param replacement what stands there from now on; null to delete
     * @param unreadable whether only events are meant that can be read by nobody, and not those that can be read
     */
    ReplaceCommand(
            EventsFace face, String store, List<Long> positions, @Nullable EventData replacement, boolean unreadable) {
        super(face, store);
        this.positions = positions;
        this.replacement = replacement;
        this.unreadable = unreadable;
    }

    @Override
    public int weightBytes() {
        return super.weightBytes() + (replacement == null ? 0 : replacement.size());
    }

    @Override
    public boolean freesSpace() {
        return replacement == null;
    }

    @Override
    void forget() {
        stored.clear();
    }

    @Override
    public boolean prepare() {
        if (isBusy()) {
            return isReady();
        }
        EventLog log = decidedLog();
        if (log == null) {
            return true;
        }
        List<Long> missing = positions.stream()
                .filter(position -> position >= 0
                        && position < log.memoryFrom()
                        && !log.decidedReplaced.containsKey(position)
                        && !stored.containsKey(position))
                .toList();
        if (missing.isEmpty()) {
            return knows(log, aggregates(log));
        }
        load(
                () -> {
                    Map<Long, byte[]> found = new HashMap<>();
                    try (LogReader reader =
                            new LogReader(face.state(), log, face.time().millis())) {
                        for (long position : missing) {
                            found.put(position, reader.event(position));
                        }
                    }
                    return found;
                },
                stored::putAll);
        return false;
    }

    private List<AggregateId> aggregates(EventLog log) {
        List<AggregateId> found = new ArrayList<>();
        for (long position : positions) {
            byte[] event = event(log, position);
            AggregateId aggregate =
                    EventFormat.isGone(event) ? null : EventFormat.head(event).aggregate();
            if (aggregate != null) {
                found.add(aggregate);
            }
        }
        return found;
    }

    private boolean isReadable(EventLog log, EventFormat.Head event, long position, long nowMillis) {
        AggregateId aggregate = event.aggregate();
        return aggregate == null
                || head(log, aggregate).shows(position, event.version(), event.recordedMillis(), nowMillis);
    }

    @Override
    void decide(long nowMillis) {
        EventLog log = logToWrite();
        if (log == null) {
            return;
        }
        int there = 0;
        for (long position : positions) {
            byte[] event = event(log, position);
            if (!EventFormat.isGone(event)
                    && isReadable(
                                    log,
                                    EventFormat.head(event),
                                    position,
                                    face.time().millis())
                            != unreadable) {
                byte[] after = replacement == null
                        ? EventFormat.deleted(event)
                        : EventFormat.redacted(event, position, replacement);
                change(new Effect.Replaced(log.store, position, after));
                there++;
            }
        }
        answerWith(there);
    }

    private byte[] event(EventLog log, long position) {
        if (position < 0 || position >= log.next) {
            return EventFormat.UNKNOWN;
        }
        byte[] decided = log.decidedReplaced.get(position);
        if (decided != null) {
            return decided;
        }
        for (LogPart part : log.parts) {
            if (position >= part.from && position < part.end) {
                return part.event(position);
            }
        }
        return stored.getOrDefault(position, EventFormat.UNKNOWN);
    }
}
