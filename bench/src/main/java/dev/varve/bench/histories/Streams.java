package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
import dev.varve.bench.Options;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Histories of streams. Stateless. */
final class Streams implements Subject<Map<String, StreamState>, Request, Answer> {

    static final Streams SUBJECT = new Streams();

    private static final List<String> MUST_HAPPEN = List.of(
            "appended",
            "duplicate",
            "appended to several",
            "page",
            "end",
            "created",
            "existing",
            "deleted",
            "refused " + ErrorKind.NOT_FOUND.wireName(),
            "refused " + ErrorKind.CLOSED.wireName(),
            "refused " + ErrorKind.ALREADY_EXISTS.wireName(),
            "refused " + ErrorKind.INVALID_OFFSET.wireName(),
            "refused " + ErrorKind.SEQUENCE_CONFLICT.wireName(),
            "refused " + ErrorKind.PRECONDITION_FAILED.wireName(),
            "refused " + ErrorKind.PRODUCER_GAP.wireName(),
            "refused " + ErrorKind.PRODUCER_FENCED.wireName(),
            "refused " + ErrorKind.PRODUCER_EPOCH_START.wireName());

    private Streams() {}

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public Scenario<Request, Answer> scenario(String prefix, int clients, SplittableRandom random) {
        return new StreamsScenario(new Shared(prefix, clients, random));
    }

    @Override
    public Target.Factory<Request, Answer> system(World world) {
        return world.streams();
    }

    @Override
    public Target.Factory<Request, Answer> planted(String fault, Target.Factory<Request, Answer> right) {
        return fault(PlantedFault.class, fault).plantIn(right);
    }

    /** The fault of a name. */
    static <E extends Enum<E>> E fault(Class<E> faults, String name) {
        try {
            return Enum.valueOf(faults, name.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new Options.UsageException("--plant is one of " + Arrays.toString(faults.getEnumConstants()));
        }
    }

    @Override
    public List<String> keys(Request request) {
        return request.paths();
    }

    @Override
    public List<Operation<Request, Answer>> unasked(List<Operation<Request, Answer>> history) {
        return List.of();
    }

    @Override
    public HistoryModel<Map<String, StreamState>, Request, Answer> model(List<Operation<Request, Answer>> history) {
        return new StreamsModel(history);
    }

    @Override
    public List<String> story(Map<String, StreamState> state) {
        List<String> lines = new ArrayList<>();
        state.forEach((path, stream) -> lines.add(path + " " + stream));
        return lines.isEmpty() ? List.of("no stream exists") : lines;
    }

    @Override
    public String kind(Answer answer) {
        return switch (answer) {
            case Answer.Made made -> made.created() ? "created" : "existing";
            case Answer.Written written -> Boolean.TRUE.equals(written.duplicate()) ? "duplicate" : "appended";
            case Answer.WrittenAll _ -> "appended to several";
            case Answer.Page _ -> "page";
            case Answer.End _ -> "end";
            case Answer.Deleted _ -> "deleted";
            case Answer.Refused refused -> "refused " + refused.kind().wireName();
        };
    }

    @Override
    public List<String> mustHappen() {
        return MUST_HAPPEN;
    }

    @Override
    public String requestText(Request request) {
        return StreamsText.text(request);
    }

    @Override
    public Request request(String text) {
        return StreamsText.request(text);
    }

    @Override
    public String answerText(Answer answer) {
        return StreamsText.text(answer);
    }

    @Override
    public Answer answer(String text) {
        return StreamsText.answer(text);
    }
}
