package dev.varve.engine.streams;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Appends to several streams in one frame, or to none. */
final class AppendAllCommand extends StreamCommand<AppendAllResult> {

    private final List<AppendRequest> requests;
    private final List<Payload> payloads;

    AppendAllCommand(StreamsFace face, List<AppendRequest> requests, List<Payload> payloads) {
        super(face);
        this.requests = requests;
        this.payloads = payloads;
    }

    @Override
    public int weightBytes() {
        int weight = FIXED_WEIGHT_BYTES;
        for (AppendRequest request : requests) {
            weight += FIXED_WEIGHT_BYTES + request.body().length;
        }
        return weight;
    }

    @Override
    public List<String> keys() {
        return requests.stream().map(AppendRequest::path).distinct().toList();
    }

    @Override
    public boolean freesSpace() {
        return requests.stream().allMatch(request -> request.body().length == 0);
    }

    @Override
    public boolean prepare() {
        boolean known = true;
        for (AppendRequest request : requests) {
            known &= know(request.path());
        }
        return known;
    }

    /** A stream as it will be if the rest is accepted too. */
    private static final class Tentative {
        private final Stream stream;
        private final Map<String, ProducerState> producers = new HashMap<>();
        private StreamHead head;

        Tentative(Stream stream) {
            this.stream = stream;
            this.head = stream.decided;
        }

        @Nullable ProducerState producer(@Nullable String id) {
            if (id == null) {
                return null;
            }
            ProducerState changed = producers.get(id);
            return changed != null ? changed : stream.producer(id);
        }
    }

    @Override
    void decide(long nowMillis) {
        Map<String, Tentative> tentative = new HashMap<>();
        List<AppendResult> results = new ArrayList<>();
        List<Tentative> targets = new ArrayList<>();
        List<Effect.Appended> effects = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < requests.size(); i++) {
            AppendRequest request = requests.get(i);
            Stream stream = decidedAt(request.path());
            Refusal refusal = face.unreachable(stream, request.path());
            if (refusal != null || stream == null) {
                answerWith(
                        new AppendAllResult.RefusedAt(i, refusal == null ? Refusal.notFound(request.path()) : refusal));
                return;
            }
            Tentative target = tentative.computeIfAbsent(request.path(), path -> new Tentative(stream));
            String id = request.producer() == null ? null : request.producer().id();
            switch (AppendDecider.decide(target.head, target.producer(id), request, payloads.get(i))) {
                case AppendDecider.Answer(Refusal refused) -> {
                    answerWith(new AppendAllResult.RefusedAt(i, refused));
                    return;
                }
                case AppendDecider.Answer answer -> results.add(answer.result());
                case AppendDecider.Accept accept -> {
                    bytes += accept.effect().encodedBytesAtMost();
                    if (bytes > Effect.MAX_COMMAND_BYTES) {
                        answerWith(new AppendAllResult.RefusedAt(i, AppendDecider.tooLarge()));
                        return;
                    }
                    target.head = target.head.after(accept.effect(), nowMillis);
                    if (request.producer() != null) {
                        target.producers.put(request.producer().id(), ProducerState.after(request.producer()));
                    }
                    targets.add(target);
                    effects.add(accept.effect());
                    results.add(AppendCommand.accepted(accept.effect(), target.head));
                }
            }
        }
        for (int i = 0; i < effects.size(); i++) {
            change(targets.get(i).stream, effects.get(i), nowMillis);
        }
        tentative.values().forEach(target -> face.accessed(target.stream));
        answerWith(new AppendAllResult.AppendedAll(List.copyOf(results)));
    }
}
