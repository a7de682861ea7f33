package dev.varve.engine.streams;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Refusal;
import dev.varve.engine.shard.FacePart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Appends to several streams in one frame, or to none. */
final class AppendAllCommand extends StreamCommand<AppendAllResult> implements FacePart<AppendAllResult> {

    private final List<AppendRequest> requests;
    private final List<Payload> payloads;
    private final Map<String, Tentative> tentative = new LinkedHashMap<>();
    private final List<Planned> planned = new ArrayList<>();
    private long plannedBytes;

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

    /** An append that is accepted if all are. */
    private record Planned(Stream stream, Effect.Appended effect) {}

    @Override
    void decide(long nowMillis) {
        if (plan(nowMillis)) {
            make(nowMillis);
        }
    }

    @Override
    public boolean plan(long nowMillis) {
        List<AppendResult> results = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < requests.size(); i++) {
            AppendRequest request = requests.get(i);
            Stream stream = decidedAt(request.path());
            Refusal refusal = face.unreachable(stream, request.path());
            if (refusal != null || stream == null) {
                answerWith(
                        new AppendAllResult.RefusedAt(i, refusal == null ? Refusal.notFound(request.path()) : refusal));
                return false;
            }
            Tentative target = tentative.computeIfAbsent(request.path(), path -> new Tentative(stream));
            String id = request.producer() == null ? null : request.producer().id();
            switch (AppendDecider.decide(target.head, target.producer(id), request, payloads.get(i))) {
                case AppendDecider.Answer(Refusal refused) -> {
                    answerWith(new AppendAllResult.RefusedAt(i, refused));
                    return false;
                }
                case AppendDecider.Answer answer -> results.add(answer.result());
                case AppendDecider.Accept accept -> {
                    bytes += accept.effect().encodedBytesAtMost();
                    if (bytes > Effect.MAX_COMMAND_BYTES) {
                        answerWith(new AppendAllResult.RefusedAt(i, AppendDecider.tooLarge()));
                        return false;
                    }
                    target.head = target.head.after(accept.effect(), nowMillis);
                    if (request.producer() != null) {
                        target.producers.put(request.producer().id(), ProducerState.after(request.producer()));
                    }
                    planned.add(new Planned(stream, accept.effect()));
                    results.add(AppendCommand.accepted(accept.effect(), target.head));
                }
            }
        }
        plannedBytes = bytes;
        answerWith(new AppendAllResult.AppendedAll(List.copyOf(results)));
        return true;
    }

    @Override
    public long plannedBytes() {
        return plannedBytes;
    }

    @Override
    public void make(long nowMillis) {
        for (Planned append : planned) {
            change(append.stream, append.effect, nowMillis);
        }
        tentative.values().forEach(target -> face.accessed(target.stream));
    }

    @Override
    public void release() {
        unpin();
    }
}
