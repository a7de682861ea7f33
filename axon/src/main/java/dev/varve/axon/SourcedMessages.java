package dev.varve.axon;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.axonframework.eventsourcing.eventstore.ConsistencyMarker;
import org.axonframework.messaging.core.Context;
import org.axonframework.messaging.core.SimpleEntry;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.TerminalEventMessage;
import org.jspecify.annotations.Nullable;

/** What one or several reads find, one after the other, then the marker. The first slices are there from the beginning, further ones are read ahead. */
final class SourcedMessages extends BufferedMessages {

    private final EventStore events;
    private final Function<StoredEvent, Entry<EventMessage>> entry;
    private final ConsistencyMarker marker;
    private final Executor executor;
    /** Touched by the constructor, then by whoever has set {@link #reading}. */
    private final Deque<Part> parts;

    private final AtomicBoolean reading = new AtomicBoolean();

    /**
     * A part of what is to be read.
     *
     * @param read the read
     * @param slice what it gave, if it was made already
     */
    record Part(EventRead read, @Nullable EventSlice slice) {}

    SourcedMessages(
            EventStore events,
            List<Part> parts,
            Function<StoredEvent, Entry<EventMessage>> entry,
            ConsistencyMarker marker,
            Executor executor) {
        this.events = events;
        this.parts = new ArrayDeque<>(parts);
        this.entry = entry;
        this.marker = marker;
        this.executor = executor;
        addSlices();
    }

    /** Adds the next slice, and those after it that need not be read any more. */
    private void addSlices() {
        List<Entry<EventMessage>> entries = new ArrayList<>();
        do {
            Part part = parts.removeFirst();
            EventSlice slice = part.slice == null ? events.read(part.read) : part.slice;
            slice.events().forEach(event -> entries.add(entry.apply(event)));
            if (slice.more()) {
                parts.addFirst(new Part(part.read.next(slice), null));
            }
        } while (!parts.isEmpty() && (parts.getFirst().slice != null || entries.isEmpty()));
        if (parts.isEmpty()) {
            Context context = ConsistencyMarker.addToContext(Context.empty(), marker);
            entries.add(new SimpleEntry<>(TerminalEventMessage.INSTANCE, context));
        }
        add(entries);
        if (parts.isEmpty()) {
            end(null);
        }
    }

    @Override
    void taken() {
        if (!full() && !ended() && !reading.getAndSet(true)) {
            executor.execute(this::readAhead);
        }
    }

    private void readAhead() {
        try {
            while (!full() && !ended()) {
                addSlices();
            }
        } catch (RuntimeException e) {
            end(e);
        } finally {
            reading.set(false);
        }
        taken(); // whoever took an entry just now has passed over reading, because it was going on
    }

    @Override
    void released() {}
}
