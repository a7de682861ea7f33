package dev.varve.engine.streams;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What an append means in a state: Durable Streams protocol, sections 5.2, 5.2.1 and 5.3. Pure: no clock, no I/O, nothing
 * changed. The checks stand in the order that the storage contract gives.
 */
final class AppendDecider {

    /** How many producers a stream remembers. More are refused, none is ever forgotten. */
    static final int MAX_PRODUCERS = 10_000;

    private AppendDecider() {}

    /** What was decided: an effect to commit, or an answer without one. */
    sealed interface Decision permits Accept, Answer {}

    record Accept(Effect.Appended effect) implements Decision {}

    record Answer(AppendResult result) implements Decision {}

    /**
     * Decides.
     *
     * @param head an existing, reachable stream
     * @param known what the stream knows of the request's producer, or null
     * @param request the request
     * @param payload its body
     */
    static Decision decide(StreamHead head, @Nullable ProducerState known, AppendRequest request, Payload payload) {
        boolean closeOnly = request.body().length == 0;
        Producer producer = request.producer();
        if (closeOnly && !request.close()) {
            return refuse(ErrorKind.EMPTY_BODY, "an append needs data, unless it closes the stream");
        }
        if (producer != null && producer.equals(head.closedBy())) {
            return new Answer(new AppendResult.Duplicate(Offset.at(head.tail()), true, producer));
        }
        if (producer != null && known != null && producer.epoch() < known.epoch()) {
            return new Answer(Refusal.fenced(known.epoch()));
        }
        if (head.closed()) {
            if (closeOnly && producer == null) {
                return new Answer(new AppendResult.Duplicate(Offset.at(head.tail()), true, null));
            }
            return new Answer(Refusal.of(
                    ErrorKind.CLOSED, "the stream is closed, nothing can be appended", Offset.at(head.tail())));
        }
        if (!closeOnly) {
            Refusal refusal = checkBody(head, request, payload);
            if (refusal != null) {
                return new Answer(refusal);
            }
        }
        if (producer != null) {
            AppendResult answer = checkProducer(head, known, producer);
            if (answer != null) {
                return new Answer(answer);
            }
        }
        String last = head.sequence();
        if (request.sequence() != null && last != null && compareBytes(request.sequence(), last) <= 0) {
            return refuse(
                    ErrorKind.SEQUENCE_CONFLICT,
                    "the sequence must be greater than the last one, byte by byte; the last one was \"" + last + "\"");
        }
        if (request.ifMatch() != null && request.ifMatch().position() != head.tail()) {
            return new Answer(Refusal.of(
                    ErrorKind.PRECONDITION_FAILED,
                    "the tail is at " + Offset.at(head.tail()) + ", not at " + request.ifMatch(),
                    Offset.at(head.tail())));
        }
        boolean newProducer = producer != null && known == null;
        return new Accept(new Effect.Appended(
                head.identity().incarnation(),
                head.tail(),
                head.messages() + payload.messages(),
                head.producers() + (newProducer ? 1 : 0),
                request.close(),
                producer,
                request.sequence(),
                payload));
    }

    private static @Nullable Refusal checkBody(StreamHead head, AppendRequest request, Payload payload) {
        String contentType = request.contentType();
        if (contentType == null) {
            return Refusal.of(ErrorKind.CONTENT_TYPE_MISMATCH, "an append with data needs the stream's content type");
        }
        String expected = head.identity().contentType();
        if (!StreamIdentity.sameMediaType(contentType, expected)) {
            return Refusal.of(
                    ErrorKind.CONTENT_TYPE_MISMATCH,
                    "the stream's content type is " + expected + ", the append's is " + contentType);
        }
        if (payload.error() != null) {
            return Refusal.of(ErrorKind.INVALID_JSON, payload.error());
        }
        if (payload.encodedBytes() > Effect.MAX_COMMAND_BYTES) {
            return tooLarge();
        }
        if (head.tail() + payload.length() > Offset.MAX_POSITION) {
            return Refusal.of(ErrorKind.TOO_LARGE, "the stream has reached the greatest offset");
        }
        return null;
    }

    /** The refusal of what does not fit into one commit. Small messages need some bytes each beside their own. */
    static Refusal tooLarge() {
        return Refusal.of(
                ErrorKind.TOO_LARGE,
                "one commit holds at most " + Effect.MAX_COMMAND_BYTES
                        + " bytes, with 4 bytes for each message; send fewer or smaller messages at once");
    }

    private static @Nullable AppendResult checkProducer(
            StreamHead head, @Nullable ProducerState known, Producer producer) {
        if (known == null) {
            if (producer.sequence() != 0) {
                return Refusal.gap(0, producer.sequence());
            }
            if (head.producers() >= MAX_PRODUCERS) {
                return Refusal.of(
                        ErrorKind.PRODUCER_LIMIT,
                        "the stream knows " + MAX_PRODUCERS + " producers already; use one of them or another stream");
            }
            return null;
        }
        if (producer.epoch() > known.epoch()) {
            return producer.sequence() == 0
                    ? null
                    : Refusal.of(
                            ErrorKind.PRODUCER_EPOCH_START,
                            "a new producer epoch starts at sequence 0, not " + producer.sequence());
        }
        if (producer.sequence() <= known.sequence()) {
            Producer highest = new Producer(producer.id(), known.epoch(), known.sequence());
            return new AppendResult.Duplicate(Offset.at(head.tail()), head.closed(), highest);
        }
        return producer.sequence() == known.sequence() + 1
                ? null
                : Refusal.gap(known.sequence() + 1, producer.sequence());
    }

    private static Answer refuse(ErrorKind kind, String detail) {
        return new Answer(Refusal.of(kind, detail));
    }

    private static int compareBytes(String one, String other) {
        return Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
