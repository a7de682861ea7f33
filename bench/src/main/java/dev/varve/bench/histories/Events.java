package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.TransactionResult;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Histories of events, and of entries and a stream beside them, which transactions write together. Stateless. */
final class Events implements Subject<EventState, EventRequest, EventAnswer> {

    static final Events SUBJECT = new Events();

    private static final int STORY_ITEMS = 20;
    private static final List<String> MUST_HAPPEN = List.of(
            "appended",
            "appended several",
            "came again",
            "checked",
            "page",
            "committed",
            "replayed",
            "value",
            "messages",
            "commits",
            "no commits",
            "changed",
            "unchanged " + EntryWriteResult.Reason.CONFLICT.wireName(),
            "unchanged " + EntryWriteResult.Reason.EXISTS.wireName(),
            "said",
            "deleted " + AggregateStatus.SOFT_DELETED.wireName(),
            "deleted " + AggregateStatus.TOMBSTONED.wireName(),
            "absent",
            "absent for ever",
            "committed checks alone",
            "blocked " + TransactionResult.KEY_REUSED,
            "blocked " + Reason.TOMBSTONED.wireName(),
            "refused " + Reason.TOMBSTONED.wireName(),
            "blocked " + Reason.WRONG_EXPECTED_VERSION.wireName(),
            "blocked " + Reason.CONDITION_FAILED.wireName(),
            "blocked " + Reason.TRACKING_NOT_INCREASING.wireName(),
            "blocked " + EntryWriteResult.Reason.CONFLICT.wireName(),
            "blocked " + EntryWriteResult.Reason.EXISTS.wireName(),
            "blocked by several",
            "refused " + Reason.WRONG_EXPECTED_VERSION.wireName(),
            "refused " + Reason.CONDITION_FAILED.wireName(),
            "refused " + Reason.TRACKING_NOT_INCREASING.wireName());

    private Events() {}

    @Override
    public String name() {
        return "events";
    }

    @Override
    public Scenario<EventRequest, EventAnswer> scenario(String prefix, int clients, SplittableRandom random) {
        return new EventsScenario(new EventShared(prefix, clients, random));
    }

    @Override
    public Target.Factory<EventRequest, EventAnswer> system(World world) {
        return world.events();
    }

    @Override
    public Target.Factory<EventRequest, EventAnswer> planted(
            String fault, Target.Factory<EventRequest, EventAnswer> right) {
        return Streams.fault(EventsFault.class, fault).plantIn(right);
    }

    @Override
    public List<String> keys(EventRequest request) {
        return List.of(request.store());
    }

    @Override
    public List<Operation<EventRequest, EventAnswer>> unasked(List<Operation<EventRequest, EventAnswer>> history) {
        return List.of();
    }

    @Override
    public HistoryModel<EventState, EventRequest, EventAnswer> model(
            List<Operation<EventRequest, EventAnswer>> history) {
        return new EventsModel(history);
    }

    @Override
    public List<String> story(EventState state) {
        List<String> lines = new ArrayList<>();
        lines.add("head " + state.head() + ", aggregates " + state.aggregates() + ", tracking " + state.tracking());
        last(state.log()).forEach(logged -> lines.add(logged.seen() + " " + logged.event()));
        EventState.Others others = state.others();
        lines.add("entries " + others.entries() + ", stream … " + last(others.messages()));
        lines.add("commits … "
                + last(others.commits()).stream().map(EventState.Commit::number).toList());
        return lines;
    }

    private static <T> List<T> last(@Nullable Chain<T> chain) {
        List<T> all = Chain.list(chain);
        return all.subList(Math.max(0, all.size() - STORY_ITEMS), all.size());
    }

    @Override
    public String kind(EventAnswer answer) {
        return switch (answer) {
            case EventAnswer.Appended appended ->
                appended.again()
                        ? "came again"
                        : appended.first() < 0
                                ? "checked"
                                : appended.versions().size() > 1 ? "appended several" : "appended";
            case EventAnswer.Refused refused -> "refused " + refused.reason().wireName();
            case EventAnswer.Page _ -> "page";
            case EventAnswer.Committed committed ->
                committed.replayed()
                        ? "replayed"
                        : committed.first() < 0 && committed.seq() == 0 ? "committed checks alone" : "committed";
            case EventAnswer.Blocked blocked ->
                blocked.failures().size() > 1
                        ? "blocked by several"
                        : "blocked " + blocked.failures().getFirst().kind();
            case EventAnswer.Opened _ -> "opened";
            case EventAnswer.Absent absent -> absent.forEver() ? "absent for ever" : "absent";
            case EventAnswer.Deleted deleted -> "deleted " + deleted.status().wireName();
            case EventAnswer.Changed _ -> "changed";
            case EventAnswer.Unchanged unchanged -> "unchanged " + unchanged.kind();
            case EventAnswer.Said _ -> "said";
            case EventAnswer.Commits page -> page.commits().isEmpty() ? "no commits" : "commits";
            case EventAnswer.Value _ -> "value";
            case EventAnswer.Messages _ -> "messages";
        };
    }

    @Override
    public List<String> mustHappen() {
        return MUST_HAPPEN;
    }

    @Override
    public String requestText(EventRequest request) {
        return EventsText.text(request);
    }

    @Override
    public EventRequest request(String text) {
        return EventsText.request(text);
    }

    @Override
    public String answerText(EventAnswer answer) {
        return EventAnswersText.text(answer);
    }

    @Override
    public EventAnswer answer(String text) {
        return EventAnswersText.answer(text);
    }
}
