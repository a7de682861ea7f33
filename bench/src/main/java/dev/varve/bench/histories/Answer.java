package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.api.Producer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client was told. What a transport does not say is null. Immutable. */
sealed interface Answer {

    /** A stream is there: made by this request, or before. */
    record Made(boolean created, long next, boolean closed) implements Answer {}

    /**
     * Appended, or known from before.
     *
     * @param duplicate whether nothing was appended because it had been before
     */
    record Written(
            long next,
            boolean closed,
            @Nullable Boolean duplicate,
            @Nullable Producer producer) implements Answer {}

    /** All appended, in one step. */
    record WrittenAll(List<Written> items) implements Answer {
        public WrittenAll {
            items = List.copyOf(items);
        }
    }

    /** A page. */
    record Page(@Nullable Long start, long next, boolean hasMore, boolean closed, List<Message> messages)
            implements Answer {
        public Page {
            messages = List.copyOf(messages);
        }
    }

    /** Where the stream ends. */
    record End(long next, boolean closed) implements Answer {}

    /** The stream is gone. */
    record Deleted() implements Answer {}

    /** Declined; nothing was changed. */
    record Refused(
            ErrorKind kind,
            @Nullable Integer item,
            @Nullable Long offset,
            @Nullable Long epoch,
            @Nullable Long expected,
            @Nullable Long received)
            implements Answer {

        static Refused of(ErrorKind kind) {
            return new Refused(kind, null, null, null, null, null);
        }

        Refused at(int index) {
            return new Refused(kind, index, offset, epoch, expected, received);
        }
    }
}
