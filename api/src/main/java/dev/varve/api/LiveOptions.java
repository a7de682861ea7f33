package dev.varve.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a store is {@linkplain Store#live kept in step}, and how. Immutable.
 *
 * <pre>{@code
 * LiveOptions options = LiveOptions.of(Link.class)
 *         .withView(LiveOptions.View.OPTIMISTIC)
 *         .withFile(Path.of("links.live"));
 * try (LiveSync live = store.live(options)) {
 *     live.enqueue(List.of(EntryOp.set(EntryPath.of("links", "dust", "title"), EntryValue.of("Dust"))));
 *     System.out.println(links.find("dust")); // as if it were through
 * }
 * }</pre>
 *
 * @param patterns what the paths of entries match that are kept, 1 to {@link #MAX_PATTERNS}; all else is asked of the server
 * @param view what reads show
 * @param file where entries and writes that wait are kept, so that they survive a restart of the program; one live sync at a time
 *     may hold it, by way of a file beside it whose name ends with {@code .lock}. It is of one store. With other patterns than
 *     before it keeps the writes, and is filled anew. Null for in memory only
 * @param maxEntries how many entries may be kept, at least 1. When there are more, it ends as {@link ErrorKind#TOO_LARGE}
 * @param maxWaiting how many writes may wait to be answered, at least 1; more are refused as {@link ErrorKind#OVERLOADED}
 * @param answerTimeout how long a write that waits for its answer does so, and a read for the copy to be filled, more than zero
 */
public record LiveOptions(
        List<EntryPattern> patterns,
        View view,
        @Nullable Path file,
        int maxEntries,
        int maxWaiting,
        Duration answerTimeout) {

    /** How many patterns there may be, inclusive. */
    public static final int MAX_PATTERNS = 64;

    /** What reads show. */
    public enum View {
        /** What the server has confirmed as durable. */
        COMMITTED,
        /** That, and on top of it what this program has {@linkplain LiveSync#enqueue enqueued}, as if it were through. */
        OPTIMISTIC
    }

    /** Checks the bounds, and copies the list. */
    public LiveOptions {
        patterns = List.copyOf(patterns);
        if (patterns.isEmpty() || patterns.size() > MAX_PATTERNS) {
            throw new IllegalArgumentException(
                    "a live sync keeps 1 to " + MAX_PATTERNS + " patterns, was given " + patterns.size());
        }
        if (maxEntries < 1 || maxWaiting < 1) {
            throw new IllegalArgumentException("the bounds of entries and of waiting writes must be at least 1");
        }
        if (answerTimeout.isZero() || answerTimeout.isNegative()) {
            throw new IllegalArgumentException("the timeout of answers must be more than zero: " + answerTimeout);
        }
    }

    /**
     * Keeps the records of types in memory.
     *
     * @param types records with {@link Schema}
     * @return options that show what is committed, for up to a million entries and 10,000 waiting writes, with 30 s for answers
     * @throws IllegalArgumentException when one of them is none, or there are too many
     */
    public static LiveOptions of(Class<?>... types) {
        List<EntryPattern> patterns = new ArrayList<>();
        for (Class<?> type : types) {
            if (!type.isRecord()) {
                throw new IllegalArgumentException(type.getName() + " is no record");
            }
            patterns.add(RecordSchema.of(type.asSubclass(Record.class)).pattern());
        }
        return of(patterns.toArray(EntryPattern[]::new));
    }

    /**
     * Keeps entries in memory.
     *
     * @param patterns what their paths match
     * @return options that show what is committed, for up to a million entries and 10,000 waiting writes, with 30 s for answers
     * @throws IllegalArgumentException when there are none or too many
     */
    public static LiveOptions of(EntryPattern... patterns) {
        return new LiveOptions(
                Arrays.asList(patterns), View.COMMITTED, null, 1_000_000, 10_000, Duration.ofSeconds(30));
    }

    /**
     * The same with another view.
     *
     * @param shown what reads show
     * @return the changed copy
     */
    public LiveOptions withView(View shown) {
        return new LiveOptions(patterns, shown, file, maxEntries, maxWaiting, answerTimeout);
    }

    /**
     * The same, kept in a file.
     *
     * @param path the file, made when it is absent
     * @return the changed copy
     */
    public LiveOptions withFile(Path path) {
        return new LiveOptions(patterns, view, path, maxEntries, maxWaiting, answerTimeout);
    }

    /**
     * The same with another bound of entries.
     *
     * @param entries how many may be kept
     * @return the changed copy
     */
    public LiveOptions withMaxEntries(int entries) {
        return new LiveOptions(patterns, view, file, entries, maxWaiting, answerTimeout);
    }

    /**
     * The same with another bound of waiting writes.
     *
     * @param writes how many may wait
     * @return the changed copy
     */
    public LiveOptions withMaxWaiting(int writes) {
        return new LiveOptions(patterns, view, file, maxEntries, writes, answerTimeout);
    }

    /**
     * The same with another timeout of answers.
     *
     * @param timeout how long a write waits
     * @return the changed copy
     */
    public LiveOptions withAnswerTimeout(Duration timeout) {
        return new LiveOptions(patterns, view, file, maxEntries, maxWaiting, timeout);
    }
}
