package dev.varve.bench.histories;

import dev.varve.api.Producer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client asks. Positions are those of {@link dev.varve.api.Offset}, sentinels included. Immutable. */
sealed interface Request {

    /** Whether a stream at that path holds JSON. */
    static boolean isJson(String path) {
        return path.startsWith("j");
    }

    /** What a stream at that path holds. */
    static String contentType(String path) {
        return isJson(path) ? "application/json" : "text/plain";
    }

    /** The streams it is about. */
    List<String> paths();

    /** Creates a stream, empty and open. */
    record Create(String path) implements Request {
        @Override
        public List<String> paths() {
            return List.of(path);
        }
    }

    /** Appends messages, closes, or both. */
    record Append(
            String path,
            List<Message> messages,
            @Nullable String sequence,
            @Nullable Producer producer,
            @Nullable Long ifMatch,
            boolean close)
            implements Request {

        public Append {
            messages = List.copyOf(messages);
        }

        @Override
        public List<String> paths() {
            return List.of(path);
        }

        int length() {
            return messages.stream().mapToInt(Message::length).sum();
        }
    }

    /** Appends to several streams in one step. */
    record AppendAll(List<Append> items) implements Request {

        public AppendAll {
            items = List.copyOf(items);
        }

        @Override
        public List<String> paths() {
            return items.stream().map(Append::path).distinct().toList();
        }
    }

    /** Reads one page of at most about that many bytes. */
    record Read(String path, long from, int maxBytes) implements Request {
        @Override
        public List<String> paths() {
            return List.of(path);
        }
    }

    /** Asks where the stream ends. */
    record Tail(String path) implements Request {
        @Override
        public List<String> paths() {
            return List.of(path);
        }
    }

    /** Deletes a stream. */
    record Delete(String path) implements Request {
        @Override
        public List<String> paths() {
            return List.of(path);
        }
    }
}
