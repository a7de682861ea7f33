package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What all answers of a history together tell of the order of its writes: what stands at which position, and which commit follows which.
 * Whether each of these answers is right is another question, which the model answers. Immutable; thread-safe.
 */
final class EventsTold {

    private final Set<String> sentAgain = new HashSet<>();

    /** Names of events by position, as they were ever seen; the head as readings of the whole log told it. */
    private final Map<Long, String> log = new HashMap<>();

    private long head = -1;

    /** The commits from the first on, without a gap, each as fully as anybody was told of it. */
    private final List<EventAnswer.Commit> feed;

    /** Aggregates that were deleted, or may have been, while somebody read. By identity: of that reading alone. */
    private final IdentityHashMap<EventAnswer, Set<String>> deletedMeanwhile = new IdentityHashMap<>();

    EventsTold(List<Operation<EventRequest, EventAnswer>> history) {
        Set<String> names = new HashSet<>();
        for (Operation<EventRequest, EventAnswer> operation : history) {
            String name = name(operation.input());
            if (name != null && !names.add(name)) {
                sentAgain.add(name);
            }
            if (operation.output() instanceof EventAnswer.Page page) {
                page.events().forEach(seen -> log.put(seen.position(), seen.name()));
                head = isWhole(operation.input()) ? Math.max(head, page.head()) : head;
            }
        }
        feed = feed(history);
        meetDeletions(history);
    }

    /** What a request can be recognised by when it comes again. */
    private static @Nullable String name(EventRequest request) {
        return switch (request) {
            case EventRequest.Append append -> append.name();
            case EventRequest.Transact transact -> transact.key();
            default -> null;
        };
    }

    private static boolean isWhole(EventRequest request) {
        return request instanceof EventRequest.Read read
                && read.aggregate().isEmpty()
                && read.type().isEmpty()
                && read.tag().isEmpty();
    }

    private static List<EventAnswer.Commit> feed(List<Operation<EventRequest, EventAnswer>> history) {
        TreeMap<Long, EventAnswer.Commit> commits = new TreeMap<>();
        // Where a page begins, and where it ends.
        List<long[]> pages = new ArrayList<>();
        for (Operation<EventRequest, EventAnswer> operation : history) {
            if (operation.input() instanceof EventRequest.GetCommits get
                    && operation.output() instanceof EventAnswer.Commits page) {
                pages.add(new long[] {get.after(), page.next()});
                for (EventAnswer.Commit commit : page.commits()) {
                    commits.merge(commit.number(), commit, EventsTold::fuller);
                }
            }
        }
        pages.sort(Comparator.comparingLong(page -> page[0]));
        long upTo = 0;
        for (long[] page : pages) {
            upTo = page[0] <= upTo ? Math.max(upTo, page[1]) : upTo;
        }
        return List.copyOf(commits.headMap(upTo, true).values());
    }

    /** Events are left out once they were deleted. */
    private static EventAnswer.Commit fuller(EventAnswer.Commit one, EventAnswer.Commit other) {
        return other.events().size() > one.events().size() ? other : one;
    }

    private void meetDeletions(List<Operation<EventRequest, EventAnswer>> history) {
        List<Operation<EventRequest, EventAnswer>> deletions = history.stream()
                .filter(operation -> operation.input() instanceof EventRequest.Delete
                        && !(operation.output() instanceof EventAnswer.Refused))
                .toList();
        for (Operation<EventRequest, EventAnswer> operation : history) {
            EventAnswer answer = operation.output();
            if (!(answer instanceof EventAnswer.Page) && !(answer instanceof EventAnswer.Commits)) {
                continue;
            }
            for (Operation<EventRequest, EventAnswer> deletion : deletions) {
                if (deletion.invoked() < operation.returned()
                        && operation.invoked() < deletion.returned()
                        && deletion.input() instanceof EventRequest.Delete delete) {
                    deletedMeanwhile
                            .computeIfAbsent(answer, none -> new HashSet<>())
                            .add(delete.aggregate());
                }
            }
        }
    }

    /** Whether something may come again by this name or key. */
    boolean isSentAgain(String name) {
        return sentAgain.contains(name);
    }

    /** Aggregates whose events a reading may have left out although they stood there when it began. */
    Set<String> deletedMeanwhile(EventAnswer reading) {
        return deletedMeanwhile.getOrDefault(reading, Set.of());
    }

    /** The number of the commit that comes next. */
    long nextNumber(EventState state) {
        EventAnswer.Commit next = next(state);
        return next == null ? EventRules.NOT_TOLD : next.number();
    }

    private EventAnswer.@Nullable Commit next(EventState state) {
        int count = Chain.size(state.others().commits());
        return count < feed.size() ? feed.get(count) : null;
    }

    /** Whether an append without an answer may come next, if it was ever made; what it does is left for later. */
    boolean mayBeNext(EventState state, EventRequest.Append append) {
        EventAnswer.Commit next = next(state);
        if (append.events().isEmpty()) {
            return true;
        }
        if (next != null) {
            return next.events().isEmpty() || next.events().getFirst().name().startsWith(append.name() + "/");
        }
        String name = log.get(state.head() + 1);
        // Of what was deleted before anybody saw it only its place is known.
        return head < 0 || (name == null ? state.head() < head : name.equals(append.name() + "/0"));
    }

    /** Whether what was made is what comes next, if anybody was told of it. */
    boolean isNext(EventState state, EventState.Commit made) {
        EventAnswer.Commit next = next(state);
        return next == null
                || (next.number() == made.number()
                        && next.changes().equals(made.changes())
                        && next.messages().equals(made.messages())
                        && EventReadings.isPart(next.events(), made.events()));
    }
}
