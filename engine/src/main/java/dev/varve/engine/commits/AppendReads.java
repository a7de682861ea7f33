package dev.varve.engine.commits;

import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Reads what was appended to one of the streams that had a path. Thread-safe. */
@FunctionalInterface
public interface AppendReads {

    /**
     * What is left of a run of messages.
     *
     * @param contentType the stream's content type
     * @param messages in order, without those that retention has let go of
     */
    record Run(String contentType, List<MessagesResult.Message> messages) {

        /** Copies the list. */
        public Run {
            messages = List.copyOf(messages);
        }
    }

    /**
     * Reads messages; that is no access to the stream.
     *
     * @param path the stream's path
     * @param incarnation which of the streams that had it
     * @param from where the first message begins
     * @param to where the last one ends
     * @return what there is; nothing when this stream cannot be reached any more
     */
    CompletableFuture<Optional<Run>> appended(String path, long incarnation, Offset from, Offset to);
}
