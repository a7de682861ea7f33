package dev.varve.bench.histories;

import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Histories of entries. Stateless. */
final class Entries implements Subject<EntryState, EntryRequest, EntryAnswer> {

    static final Entries SUBJECT = new Entries();

    private static final List<String> MUST_HAPPEN = List.of(
            "written",
            "batch",
            "not needed",
            "entry",
            "nothing",
            "several",
            "all changes",
            "all changes, with expiries",
            "refused " + Reason.CONFLICT.wireName(),
            "refused " + Reason.EXISTS.wireName(),
            "refused " + Reason.HELD.wireName(),
            "refused " + Reason.OCCUPIED.wireName(),
            "refused " + Reason.NOT_HELD.wireName(),
            "refused " + Reason.FENCED.wireName());

    private Entries() {}

    @Override
    public String name() {
        return "entries";
    }

    @Override
    public Scenario<EntryRequest, EntryAnswer> scenario(String prefix, int clients, SplittableRandom random) {
        return new EntriesScenario(new EntryShared(prefix, clients, random));
    }

    @Override
    public Target.Factory<EntryRequest, EntryAnswer> system(World world) {
        return world.entries();
    }

    @Override
    public Target.Factory<EntryRequest, EntryAnswer> planted(
            String fault, Target.Factory<EntryRequest, EntryAnswer> right) {
        return Streams.fault(EntryFault.class, fault).plantIn(right);
    }

    @Override
    public List<String> keys(EntryRequest request) {
        return List.of(request.store());
    }

    @Override
    public List<Operation<EntryRequest, EntryAnswer>> unasked(List<Operation<EntryRequest, EntryAnswer>> history) {
        return Expiries.in(history);
    }

    @Override
    public HistoryModel<EntryState, EntryRequest, EntryAnswer> model(
            List<Operation<EntryRequest, EntryAnswer>> history) {
        return new EntriesModel(history);
    }

    @Override
    public List<String> story(EntryState state) {
        List<String> lines = new ArrayList<>();
        lines.add("change " + state.seq());
        state.leaves()
                .forEach((path, leaf) -> lines.add(path + " " + leaf.revision() + " "
                        + leaf.type().wireName() + " " + EntryValues.text(leaf.value())
                        + (leaf.mayEnd() ? " (may have run out)" : "")));
        return lines;
    }

    @Override
    public String kind(EntryAnswer answer) {
        return switch (answer) {
            case EntryAnswer.Written written ->
                written.ops().stream().noneMatch(EntryAnswer.Done::made)
                        ? "not needed"
                        : written.ops().size() > 1 ? "batch" : "written";
            case EntryAnswer.Refused refused -> "refused " + refused.reason().wireName();
            case EntryAnswer.Found _ -> "entry";
            case EntryAnswer.Missing _ -> "nothing";
            case EntryAnswer.Several _ -> "several";
            case EntryAnswer.Changes(List<EntryAnswer.Change> changes) ->
                changes.stream().anyMatch(EntryAnswer.Change::expiry) ? "all changes, with expiries" : "all changes";
            case EntryAnswer.Dropped _ -> "dropped";
        };
    }

    @Override
    public List<String> mustHappen() {
        return MUST_HAPPEN;
    }

    @Override
    public String requestText(EntryRequest request) {
        return EntriesText.text(request);
    }

    @Override
    public EntryRequest request(String text) {
        return EntriesText.request(text);
    }

    @Override
    public String answerText(EntryAnswer answer) {
        return EntriesText.text(answer);
    }

    @Override
    public EntryAnswer answer(String text) {
        return EntriesText.answer(text);
    }
}
