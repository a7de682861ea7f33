package dev.varve.testkit;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a {@link ModelStreamStorage}: what it holds, and the decisions that need nothing but the stream.
 * Confined to the storage's lock.
 */
final class ModelStream {

    /** How many producers a stream remembers. */
    static final int MAX_PRODUCERS = 10_000;

    /**
     * One message.
     *
     * @param batchEnd where the append that brought it ends, at or after {@code end}
     */
    record Message(byte[] data, long start, long end, long batchEnd, long appendedAtMillis) {}

    /**
     * Where a fork came from.
     *
     * @param path the source as named in the request
     * @param offset the resolved anchor
     * @param subOffset how far behind the anchor, 0 or more
     */
    record Origin(ModelStream source, String path, long offset, long subOffset) {}

    private record Accepted(long epoch, long sequence) {}

    final String path;
    final long incarnation;
    final StreamConfig asked;
    final @Nullable Origin origin;
    final String contentType;
    final @Nullable Long ttlSeconds;
    final @Nullable Instant expiresAt;
    final long createdAtMillis;

    final List<Message> messages = new ArrayList<>();
    long earliest;
    long tail;
    boolean closed;
    long lastAccessMillis;

    /** Deleted or expired. Its forks may still need it. */
    boolean gone;
    /** Forks that are there or are needed by forks of their own. */
    int forks;

    private @Nullable Producer closedBy;
    private byte @Nullable [] lastSequence;
    private final Map<String, Accepted> producers = new HashMap<>();

    ModelStream(String path, long incarnation, StreamConfig asked, @Nullable Origin origin, long nowMillis) {
        this.path = path;
        this.incarnation = incarnation;
        this.asked = asked;
        this.origin = origin;
        this.createdAtMillis = nowMillis;
        this.lastAccessMillis = nowMillis;
        StreamConfig inherited =
                origin == null ? StreamConfig.DEFAULT : origin.source().effective();
        boolean asksLifetime = asked.ttlSeconds() != null || asked.expiresAt() != null;
        this.contentType = Objects.requireNonNullElse(
                asked.contentType(),
                Objects.requireNonNullElse(inherited.contentType(), StreamConfig.DEFAULT_CONTENT_TYPE));
        this.ttlSeconds = asksLifetime ? asked.ttlSeconds() : inherited.ttlSeconds();
        this.expiresAt = asksLifetime ? asked.expiresAt() : inherited.expiresAt();
    }

    /** What forks inherit. */
    private StreamConfig effective() {
        return new StreamConfig(contentType, ttlSeconds, expiresAt, asked.retention());
    }

    /** The part of a content type that counts in comparisons. */
    static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    boolean isJson() {
        return mediaType(contentType).equals("application/json");
    }

    int depth() {
        return origin == null ? 0 : origin.source().depth() + 1;
    }

    boolean expired(long nowMillis) {
        if (expiresAt != null) {
            return nowMillis >= expiresAt.toEpochMilli();
        }
        return ttlSeconds != null && nowMillis - lastAccessMillis >= saturatedMillis(ttlSeconds);
    }

    private static long saturatedMillis(long seconds) {
        return seconds > Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : seconds * 1000;
    }

    StreamMetadata metadata() {
        return new StreamMetadata(
                path,
                contentType,
                ttlSeconds,
                expiresAt,
                asked.retention(),
                Offset.at(earliest),
                Offset.at(tail),
                closed,
                Instant.ofEpochMilli(createdAtMillis),
                incarnation);
    }

    /** Whether a position is one that this stream handed out and still holds. */
    boolean isBoundary(long position) {
        return position == tail || messages.stream().anyMatch(message -> message.start() == position);
    }

    /** The messages from a boundary on. */
    List<Message> from(long position) {
        return messages.stream().filter(message -> message.start() >= position).toList();
    }

    /** Takes over what a source holds before a point, which may lie inside one of its messages. */
    void inherit(ModelStream source, long point) {
        earliest = source.earliest;
        for (Message message : source.messages) {
            if (message.start() < point) {
                long end = Math.min(message.end(), point);
                long batchEnd = Math.min(message.batchEnd(), point);
                byte[] data = end == message.end()
                        ? message.data()
                        : Arrays.copyOf(message.data(), (int) (end - message.start()));
                messages.add(new Message(data, message.start(), end, batchEnd, message.appendedAtMillis()));
            }
        }
        tail = point;
    }

    /** Appends messages as one batch. In JSON each counts one byte more than it has. */
    void add(List<byte[]> batch, long nowMillis) {
        int separator = isJson() ? 1 : 0;
        long batchEnd = tail;
        for (byte[] data : batch) {
            batchEnd += data.length + separator;
        }
        for (byte[] data : batch) {
            long end = tail + data.length + separator;
            messages.add(new Message(data, tail, end, batchEnd, nowMillis));
            tail = end;
        }
    }

    /** The messages of a body: the body itself, or in JSON mode its values. */
    List<byte[]> split(byte[] body) throws ModelJson.Invalid {
        if (body.length == 0) {
            return List.of();
        }
        return isJson() ? ModelJson.messages(body) : List.of(body.clone());
    }

    /** Drops what retention does not keep. */
    void trim(long nowMillis) {
        int dropped = 0;
        while (dropped < messages.size() && mayGo(dropped, nowMillis)) {
            dropped++;
        }
        if (dropped > 0) {
            earliest = messages.get(dropped - 1).end();
            messages.subList(0, dropped).clear();
        }
    }

    /** Whether everything before a position may go, which is the end of a message or where the data starts. */
    boolean mayTrim(long position, long nowMillis) {
        for (int i = 0; i < messages.size() && messages.get(i).start() < position; i++) {
            if (messages.get(i).end() > position || !mayGo(i, nowMillis)) {
                return false;
            }
        }
        return position >= earliest && position <= tail;
    }

    void trimTo(long position) {
        messages.removeIf(message -> message.end() <= position);
        earliest = position;
    }

    private boolean mayGo(int index, long nowMillis) {
        Message message = messages.get(index);
        Long age = asked.retention().ageSeconds();
        Long bytes = asked.retention().bytes();
        Long count = asked.retention().messages();
        return (age != null && nowMillis - message.appendedAtMillis() > saturatedMillis(age))
                || (bytes != null && tail - message.end() >= bytes)
                || (count != null && messages.size() - index > count);
    }

    /** Decides an append in the order of checks that {@link dev.varve.api.StreamStorage} documents, and applies it. */
    AppendResult append(AppendRequest request, long nowMillis) {
        boolean empty = request.body().length == 0;
        Producer producer = request.producer();
        Accepted accepted = producer == null ? null : producers.get(producer.id());

        if (empty && !request.close()) {
            return Refusal.of(ErrorKind.EMPTY_BODY, "an append without data must close the stream");
        }
        if (producer != null && accepted != null && producer.equals(closedBy)) {
            return duplicate(producer, accepted);
        }
        if (producer != null && accepted != null && producer.epoch() < accepted.epoch()) {
            return Refusal.fenced(accepted.epoch());
        }
        if (closed) {
            return empty && producer == null
                    ? new AppendResult.Duplicate(Offset.at(tail), true, null)
                    : Refusal.of(ErrorKind.CLOSED, "the stream is closed", Offset.at(tail));
        }
        String type = request.contentType();
        if (!empty && (type == null || !mediaType(type).equals(mediaType(contentType)))) {
            return Refusal.of(
                    ErrorKind.CONTENT_TYPE_MISMATCH,
                    "the stream holds " + contentType + ", the body is " + (type == null ? "of no named type" : type));
        }
        List<byte[]> batch;
        try {
            batch = split(request.body());
        } catch (ModelJson.Invalid e) {
            return Refusal.of(ErrorKind.INVALID_JSON, "the body is not valid JSON: " + e.getMessage());
        }
        if (!empty && batch.isEmpty()) {
            return Refusal.of(ErrorKind.INVALID_JSON, "an empty array holds no message to append");
        }
        if (producer != null) {
            AppendResult answer = checkProducer(producer, accepted);
            if (answer != null) {
                return answer;
            }
        }
        byte[] sequence = request.sequence() == null ? null : request.sequence().getBytes(StandardCharsets.UTF_8);
        if (sequence != null && lastSequence != null && Arrays.compareUnsigned(sequence, lastSequence) <= 0) {
            return Refusal.of(
                    ErrorKind.SEQUENCE_CONFLICT,
                    "the sequence must be greater than \"" + new String(lastSequence, StandardCharsets.UTF_8) + "\"");
        }
        if (request.ifMatch() != null && request.ifMatch().position() != tail) {
            return Refusal.of(ErrorKind.PRECONDITION_FAILED, "the tail is at " + Offset.at(tail), Offset.at(tail));
        }

        add(batch, nowMillis);
        if (sequence != null) {
            lastSequence = sequence;
        }
        if (producer != null) {
            producers.put(producer.id(), new Accepted(producer.epoch(), producer.sequence()));
        }
        if (request.close()) {
            closed = true;
            closedBy = producer;
        }
        return new AppendResult.Appended(Offset.at(tail), closed, producer);
    }

    /** The answer to a request that its producer may not append now, or null when it may. */
    private @Nullable AppendResult checkProducer(Producer producer, @Nullable Accepted accepted) {
        long sequence = producer.sequence();
        if (accepted == null) {
            if (sequence > 0) {
                return Refusal.gap(0, sequence);
            }
            return producers.size() < MAX_PRODUCERS
                    ? null
                    : Refusal.of(
                            ErrorKind.PRODUCER_LIMIT,
                            "the stream knows " + MAX_PRODUCERS + " producers, the most it may");
        }
        if (producer.epoch() > accepted.epoch()) {
            return sequence == 0
                    ? null
                    : Refusal.of(
                            ErrorKind.PRODUCER_EPOCH_START, "a new epoch starts at sequence 0, not at " + sequence);
        }
        if (sequence <= accepted.sequence()) {
            return duplicate(producer, accepted);
        }
        return sequence == accepted.sequence() + 1 ? null : Refusal.gap(accepted.sequence() + 1, sequence);
    }

    private AppendResult duplicate(Producer producer, Accepted accepted) {
        return new AppendResult.Duplicate(
                Offset.at(tail), closed, new Producer(producer.id(), accepted.epoch(), accepted.sequence()));
    }

    /** How to take back every append decided after this call, as long as nothing was trimmed. */
    Runnable undo() {
        int size = messages.size();
        long oldTail = tail;
        boolean oldClosed = closed;
        Producer oldClosedBy = closedBy;
        byte[] oldSequence = lastSequence;
        Map<String, Accepted> oldProducers = Map.copyOf(producers);
        return () -> {
            messages.subList(size, messages.size()).clear();
            tail = oldTail;
            closed = oldClosed;
            closedBy = oldClosedBy;
            lastSequence = oldSequence;
            producers.clear();
            producers.putAll(oldProducers);
        };
    }

    /** Whether a request to create this stream, with its times in milliseconds, asks for what is there. */
    boolean agreesWith(CreateRequest request, StreamConfig config) {
        Fork fork = request.fork();
        return request.closed() == closed
                && config.retention().equals(asked.retention())
                && (fork == null ? origin == null : agreesWith(fork))
                && mediaType(typeOf(config, fork)).equals(mediaType(contentType))
                && agreesWithLifetime(config, fork);
    }

    private boolean agreesWith(Fork fork) {
        return origin != null
                && fork.source().equals(origin.path())
                && (fork.offset() == null || fork.offset().position() == origin.offset())
                && subOffset(fork) == origin.subOffset();
    }

    private boolean agreesWithLifetime(StreamConfig config, @Nullable Fork fork) {
        if (fork != null && config.ttlSeconds() == null && config.expiresAt() == null) {
            return asked.ttlSeconds() == null && asked.expiresAt() == null;
        }
        return Objects.equals(config.ttlSeconds(), ttlSeconds) && Objects.equals(config.expiresAt(), expiresAt);
    }

    private String typeOf(StreamConfig config, @Nullable Fork fork) {
        if (config.contentType() != null) {
            return config.contentType();
        }
        return fork == null ? StreamConfig.DEFAULT_CONTENT_TYPE : contentType;
    }

    static long subOffset(Fork fork) {
        return fork.subOffset() == null ? 0 : fork.subOffset();
    }

    /** The position some messages (JSON) or bytes past a boundary, or -1 when the append there does not reach so far. */
    long pointAfter(long anchor, long subOffset) {
        if (subOffset == 0) {
            return anchor;
        }
        List<Message> rest = from(anchor);
        if (rest.isEmpty()) {
            return -1;
        }
        long limit = rest.get(0).batchEnd();
        if (!isJson()) {
            return subOffset <= limit - anchor ? anchor + subOffset : -1;
        }
        if (subOffset > rest.size()) {
            return -1;
        }
        long point = rest.get((int) subOffset - 1).end();
        return point <= limit ? point : -1;
    }
}
