package dev.varve.engine.streams;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Appends to one stream, closes it, or both. */
final class AppendCommand extends StreamCommand<AppendResult> {

    private final AppendRequest request;
    private final Payload payload;
    private final @Nullable String createdAs;

    /**
     * An append.
     *
     * @param face the face
     * @param request the request
     * @param payload its body
     * @param createdAs the content type to create the stream with when it is missing, or null to refuse then
     */
    AppendCommand(StreamsFace face, AppendRequest request, Payload payload, @Nullable String createdAs) {
        super(face);
        this.request = request;
        this.payload = payload;
        this.createdAs = createdAs;
    }

    @Override
    public int weightBytes() {
        return FIXED_WEIGHT_BYTES + request.body().length;
    }

    @Override
    public List<String> keys() {
        return List.of(request.path());
    }

    @Override
    public boolean freesSpace() {
        return request.body().length == 0;
    }

    @Override
    public boolean prepare() {
        return know(request.path());
    }

    @Override
    void decide(long nowMillis) {
        Stream stream = decidedAt(request.path());
        if (stream == null && createdAs != null) {
            decideFirst(face.plain(request.path(), StreamConfig.of(createdAs), nowMillis), nowMillis);
            return;
        }
        Refusal refusal = face.unreachable(stream, request.path());
        if (refusal != null || stream == null) {
            answerWith(refusal == null ? Refusal.notFound(request.path()) : refusal);
            return;
        }
        ProducerState known = request.producer() == null
                ? null
                : stream.producer(request.producer().id());
        switch (AppendDecider.decide(stream.decided, known, request, payload)) {
            case AppendDecider.Answer answer -> answerWith(answer.result());
            case AppendDecider.Accept accept -> {
                change(stream, accept.effect(), nowMillis);
                answerWith(accepted(accept.effect(), stream.decided));
            }
        }
        face.accessed(stream);
    }

    /** Creates the stream if the append is accepted. */
    private void decideFirst(StreamHead head, long nowMillis) {
        switch (AppendDecider.decide(head, null, request, payload)) {
            case AppendDecider.Answer answer -> answerWith(answer.result());
            case AppendDecider.Accept accept -> {
                Stream stream = face.create(this, head, nowMillis);
                change(stream, accept.effect(), nowMillis);
                answerWith(accepted(accept.effect(), stream.decided));
            }
        }
    }

    static AppendResult accepted(Effect.Appended effect, StreamHead after) {
        return new AppendResult.Appended(Offset.at(effect.end()), after.closed(), effect.producer());
    }
}
