package dev.varve.bench.histories;

import dev.varve.api.EventRead;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What reads of a store of events show. Stateless. */
final class EventReadings {

    private EventReadings() {}

    /** What a request is answered that only reads. */
    static EventAnswer answer(EventState state, EventRequest request) {
        return switch (request) {
            case EventRequest.Read read ->
                isAbsent(state, read)
                        ? new EventAnswer.Absent(
                                state.aggregate(read.aggregate()).isTombstoned())
                        : page(state, read);
            case EventRequest.GetCommits get -> commits(state, get);
            case EventRequest.GetEntry get -> state.others().entry(get.path());
            case EventRequest.GetMessages _ ->
                new EventAnswer.Messages(Chain.list(state.others().messages()));
            case EventRequest.Open _ -> new EventAnswer.Opened(false);
            case EventRequest.Append _,
                    EventRequest.Transact _,
                    EventRequest.ChangeEntry _,
                    EventRequest.Say _,
                    EventRequest.Delete _ -> throw new IllegalArgumentException("reads nothing: " + request);
        };
    }

    /**
     * Whether an answer is right.
     *
     * @param deletedMeanwhile aggregates whose events may have been left out
     */
    static boolean fits(EventState state, EventRequest request, EventAnswer given, Set<String> deletedMeanwhile) {
        if (request instanceof EventRequest.Read read && given instanceof EventAnswer.Page page) {
            // Nothing is left out of an aggregate by itself: then there is no page of it.
            return page.head() == state.head()
                    && !isAbsent(state, read)
                    && shows(found(state, read), page.events(), EventRead.MAX_LIMIT, deletedMeanwhile);
        }
        if (request instanceof EventRequest.GetCommits get && given instanceof EventAnswer.Commits page) {
            return fits(state, get, page, deletedMeanwhile);
        }
        return answer(state, request).equals(given);
    }

    private static boolean isAbsent(EventState state, EventRequest.Read read) {
        return !read.aggregate().isEmpty() && !state.aggregate(read.aggregate()).isLive();
    }

    // ---- events

    private static EventAnswer.Page page(EventState state, EventRequest.Read read) {
        List<EventState.Logged> found = found(state, read);
        return new EventAnswer.Page(state.head(), seen(found.subList(0, Math.min(EventRead.MAX_LIMIT, found.size()))));
    }

    private static List<EventState.Logged> found(EventState state, EventRequest.Read read) {
        List<EventState.Logged> found = new ArrayList<>();
        for (Chain<EventState.Logged> at = state.log();
                at != null && at.item.seen().position() > read.after();
                at = at.before) {
            if (read.means(at.item.event(), at.item.seen().position()) && state.shows(at.item)) {
                found.add(at.item);
            }
        }
        return read.backward() ? found : found.reversed();
    }

    private static List<EventAnswer.Seen> seen(List<EventState.Logged> events) {
        return events.stream().map(EventState.Logged::seen).toList();
    }

    /** Whether what was shown is what there was, up to a limit, but for events of some aggregates. */
    private static boolean shows(
            List<EventState.Logged> there, List<EventAnswer.Seen> given, int limit, Set<String> mayBeMissing) {
        int shown = 0;
        for (EventState.Logged one : there) {
            if (shown == limit) {
                return true;
            }
            if (shown < given.size() && given.get(shown).equals(one.seen())) {
                shown++;
            } else if (!mayBeMissing.contains(one.event().aggregate())) {
                return false;
            }
        }
        return shown == given.size();
    }

    /** Whether events are among others, in their order. */
    static boolean isPart(List<EventAnswer.Seen> some, List<EventState.Logged> all) {
        int found = 0;
        for (EventState.Logged one : all) {
            if (found < some.size() && some.get(found).equals(one.seen())) {
                found++;
            }
        }
        return found == some.size();
    }

    // ---- commits

    private static EventAnswer.Commits commits(EventState state, EventRequest.GetCommits get) {
        List<EventState.Commit> after = after(state, get.after());
        List<EventAnswer.Commit> page = new ArrayList<>();
        for (EventState.Commit commit : after.subList(0, Math.min(get.limit(), after.size()))) {
            page.add(new EventAnswer.Commit(
                    commit.number(), commit.changes(), seen(visible(state, commit)), commit.messages()));
        }
        return new EventAnswer.Commits(
                page, page.isEmpty() ? get.after() : page.getLast().number(), page.size() < after.size());
    }

    private static List<EventState.Commit> after(EventState state, long number) {
        List<EventState.Commit> after = new ArrayList<>();
        for (Chain<EventState.Commit> at = state.others().commits();
                at != null && (at.item.number() > number || at.item.number() == EventRules.NOT_TOLD);
                at = at.before) {
            after.add(at.item);
        }
        return after.reversed();
    }

    private static List<EventState.Logged> visible(EventState state, EventState.Commit commit) {
        return commit.events().stream().filter(state::shows).toList();
    }

    private static boolean fits(
            EventState state, EventRequest.GetCommits get, EventAnswer.Commits page, Set<String> deletedMeanwhile) {
        List<EventState.Commit> after = after(state, get.after());
        int count = Math.min(get.limit(), after.size());
        if (page.commits().size() != count
                || page.more() != count < after.size()
                || page.next()
                        != (count == 0 ? get.after() : after.get(count - 1).number())) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            EventState.Commit right = after.get(i);
            EventAnswer.Commit given = page.commits().get(i);
            if (right.number() != given.number()
                    || !right.changes().equals(given.changes())
                    || !right.messages().equals(given.messages())
                    || !shows(visible(state, right), given.events(), Integer.MAX_VALUE, deletedMeanwhile)) {
                return false;
            }
        }
        return true;
    }
}
