package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One commit of a store over all its faces: what a write of entries, an append of events, an append to streams of the store or a {@link
 * Transaction} came to, seen as one. Immutable.
 *
 * <pre>{@code
 * static void print(Commit commit) {
 *     commit.entries().forEach(change -> System.out.println(change.kind() + " at " + change.path()));
 *     commit.events().forEach(event -> System.out.println(event.type()));
 *     commit.streams().forEach(append -> System.out.println(append.path() + " up to " + append.next()));
 * }
 * }</pre>
 *
 * @param number greater than that of every commit before, never used again, not dense
 * @param timeMillis when, in milliseconds since 1970-01-01T00:00:00Z; never runs backwards
 * @param entries the changes of entries, in order
 * @param events the events, in order, as they stand in the log now
 * @param streams what was appended to streams of the store, or which of them were closed, one for each stream
 */
public record Commit(
        long number, long timeMillis, List<EntryEvent> entries, List<StoredEvent> events, List<Appended> streams) {

    /** Copies the lists. */
    public Commit {
        entries = List.copyOf(entries);
        events = List.copyOf(events);
        streams = List.copyOf(streams);
    }

    /**
     * What one commit appended to one stream.
     *
     * @param path the stream's path
     * @param from its tail before
     * @param next its tail after
     * @param closed whether the commit closed it
     * @param contentType the stream's content type; null when it cannot be reached any more: it was deleted or has expired
     * @param messages what was appended, in order; less than all where some is not kept any more
     */
    public record Appended(
            String path,
            Offset from,
            Offset next,
            boolean closed,
            @Nullable String contentType,
            List<MessagesResult.Message> messages) {

        /** Copies the list. */
        public Appended {
            messages = List.copyOf(messages);
        }
    }
}
