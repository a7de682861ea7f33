package dev.varve.bench.histories;

import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.CommitPage;
import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventSlice;
import dev.varve.api.StoredEvent;
import dev.varve.api.TransactionResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a store of events says. Immutable. */
sealed interface EventAnswer {

    /**
     * Made, or made before.
     *
     * @param versions of the aggregates that were written, afterwards; of one that was only checked, as it is
     */
    record Appended(long first, SortedMap<String, Long> versions, boolean again) implements EventAnswer {}

    /**
     * Not made.
     *
     * @param actual the versions of the aggregates whose checks do not hold
     * @param position of an event that is ruled out, or how far the source has come
     */
    record Refused(Reason reason, SortedMap<String, Long> actual, long position) implements EventAnswer {}

    /** An event that stands somewhere: which append it is of, and at what place of it. */
    record Seen(long position, String name, long version) {}

    /** What was found, and where the log ends. */
    record Page(long head, List<Seen> events) implements EventAnswer {}

    /**
     * A transaction that was made, or made before.
     *
     * @param number of its commit
     * @param seq of its change of an entry, 0 without one
     * @param total what an entry that was added to has come to, 0 without one
     */
    record Committed(long number, long first, SortedMap<String, Long> versions, long seq, long total, boolean replayed)
            implements EventAnswer {}

    /**
     * A part of a transaction that stood in the way.
     *
     * @param actual a number or a word, {@link #NOTHING} for nothing
     */
    record Failure(int index, String kind, String actual) {
        static final String NOTHING = "-";
    }

    /** A transaction that was not made, with its failures in the order of its parts. */
    record Blocked(List<Failure> failures) implements EventAnswer {

        public Blocked {
            failures = failures.stream()
                    .sorted(Comparator.comparingInt(Failure::index))
                    .toList();
        }
    }

    /**
     * The stream of a store is there.
     *
     * @param alone whether there is nothing but events, and so no stream either
     */
    record Opened(boolean alone) implements EventAnswer {}

    /** An entry: its revision, 0 for none, and its value. */
    record Value(long revision, String value) implements EventAnswer {
        static final Value NONE = new Value(0, "");
    }

    /** All that is in the stream of a store. */
    record Messages(List<String> names) implements EventAnswer {}

    /** The aggregate has nothing that can be read: it was never written, or was deleted, maybe for ever. */
    record Absent(boolean forEver) implements EventAnswer {}

    /**
     * An aggregate is deleted, or was before.
     *
     * @param version of its last event, -1 without one
     */
    record Deleted(AggregateStatus status, long version) implements EventAnswer {}

    /** An entry was changed by itself. */
    record Changed(long seq) implements EventAnswer {}

    /**
     * An entry was not changed.
     *
     * @param revision what is there instead, 0 for nothing
     */
    record Unchanged(String kind, long revision) implements EventAnswer {}

    /** A message by itself is in the stream. */
    record Said() implements EventAnswer {}

    /** A change of an entry as the feed of commits tells it. */
    record EntryChanged(long seq, String op, String path, String value) {}

    /** A commit as the feed tells it. */
    record Commit(long number, List<EntryChanged> changes, List<Seen> events, List<String> messages) {}

    /** A page of the feed of commits. */
    record Commits(List<Commit> commits, long next, boolean more) implements EventAnswer {}

    static EventAnswer of(TransactionResult result) {
        return switch (result) {
            case TransactionResult.Committed committed -> {
                EventAppendResult.Appended events = committed.events();
                EntryWriteResult.Applied change = committed.entries() == null
                        ? null
                        : committed.entries().ops().getFirst();
                SortedMap<String, Long> versions = new TreeMap<>();
                if (events != null) {
                    events.aggregates()
                            .forEach(one -> versions.put(one.aggregate().id(), one.version()));
                }
                yield new Committed(
                        committed.number(),
                        events == null ? -1 : events.firstPosition(),
                        versions,
                        change == null ? 0 : change.storeSeq(),
                        change != null && change.value() instanceof EntryValue.Whole(long total) ? total : 0,
                        committed.replayed());
            }
            case TransactionResult.Refused refused ->
                new Blocked(refused.failures().stream()
                        .map(failure -> new Failure(failure.index(), failure.kind(), text(failure.actual())))
                        .toList());
        };
    }

    static EventAnswer of(Optional<Entry> entry) {
        return entry.<EventAnswer>map(found -> new Value(found.revision(), text(found.value())))
                .orElse(Value.NONE);
    }

    /** What transactions and their failures hold: numbers and words. */
    static String text(@Nullable EntryValue value) {
        return switch (value) {
            case null -> Failure.NOTHING;
            case EntryValue.Text(String text) -> text;
            case EntryValue.Whole(long number) -> Long.toString(number);
            default -> throw new IllegalArgumentException("a value that nobody wrote: " + value);
        };
    }

    /** The names in a page of a stream. */
    static EventAnswer messages(String page) {
        List<String> names = new ArrayList<>();
        if (!page.isEmpty()) {
            EntryValues.json(page).forEach(message -> names.add(message.stringValue()));
        }
        return new Messages(names);
    }

    static EventAnswer of(EventAppendResult result) {
        return switch (result) {
            case EventAppendResult.Appended appended -> {
                SortedMap<String, Long> versions = new TreeMap<>();
                appended.aggregates()
                        .forEach(one -> versions.put(one.aggregate().id(), one.version()));
                yield new Appended(appended.firstPosition(), versions, appended.idempotent());
            }
            case EventAppendResult.Refused refused -> {
                SortedMap<String, Long> actual = new TreeMap<>();
                refused.violations().forEach(one -> actual.put(one.aggregate().id(), one.actual()));
                yield new Refused(refused.reason(), actual, refused.conflictingPosition());
            }
        };
    }

    static EventAnswer of(EventSlice slice) {
        return slice.status() == AggregateStatus.LIVE
                ? new Page(slice.head(), seen(slice.events()))
                : new Absent(slice.status() == AggregateStatus.TOMBSTONED);
    }

    private static List<Seen> seen(List<StoredEvent> events) {
        List<Seen> seen = new ArrayList<>();
        for (StoredEvent event : events) {
            seen.add(new Seen(event.position(), unquoted(event.data().text()), version(event)));
        }
        return seen;
    }

    private static String unquoted(String json) {
        return json.substring(1, json.length() - 1);
    }

    static EventAnswer of(AggregateInfo info) {
        return new Deleted(info.status(), info.version());
    }

    static EventAnswer of(EntryWriteResult result) {
        return switch (result) {
            case EntryWriteResult.Written written -> new Changed(written.storeSeq());
            case EntryWriteResult.Refused refused -> {
                Long revision = refused.currentRevision();
                yield new Unchanged(refused.reason().wireName(), revision == null ? 0 : revision);
            }
        };
    }

    /**
     * A page of the feed.
     *
     * @param stream the only one of the store
     */
    static EventAnswer of(CommitPage page, String stream) {
        List<Commit> commits = new ArrayList<>();
        for (dev.varve.api.Commit commit : page.commits()) {
            List<EntryChanged> changes = new ArrayList<>();
            for (EntryEvent change : commit.entries()) {
                changes.add(new EntryChanged(
                        change.storeSeq(),
                        change.kind().wireName(),
                        change.path().toString(),
                        text(change.value())));
            }
            List<String> messages = new ArrayList<>();
            for (dev.varve.api.Commit.Appended append : commit.streams()) {
                if (!append.path().equals(stream) || append.closed()) {
                    throw new IllegalArgumentException("an append that nobody made: " + append);
                }
                append.messages()
                        .forEach(message -> messages.add(unquoted(StandardCharsets.UTF_8
                                .decode(message.data().duplicate())
                                .toString())));
            }
            commits.add(new Commit(commit.number(), changes, seen(commit.events()), messages));
        }
        return new Commits(commits, page.next(), page.hasMore());
    }

    private static long version(StoredEvent event) {
        return event.aggregate() == null ? -1 : event.version();
    }
}
