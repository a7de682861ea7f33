package dev.varve.bench.histories;

import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Histories of events, and of transactions that write events, entries and a stream. Stateless. */
final class Events implements Subject<EventState, EventRequest, EventAnswer> {

    static final Events SUBJECT = new Events();

    private static final int STORY_EVENTS = 20;
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
        EventState.Node node = state.last();
        for (int i = 0; i < STORY_EVENTS && node != null; i++) {
            lines.addFirst(node.seen + " " + node.event);
            node = node.before;
        }
        lines.addFirst("head " + state.head() + ", versions " + state.versions() + ", tracking " + state.tracking());
        lines.add("entries " + state.others().entries() + ", stream "
                + state.others().messages());
        return lines;
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
            case EventAnswer.Committed committed -> committed.replayed() ? "replayed" : "committed";
            case EventAnswer.Blocked blocked ->
                blocked.failures().size() > 1
                        ? "blocked by several"
                        : "blocked " + blocked.failures().getFirst().kind();
            case EventAnswer.Opened _ -> "opened";
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
        return EventsText.text(answer);
    }

    @Override
    public EventAnswer answer(String text) {
        return EventsText.answer(text);
    }
}
