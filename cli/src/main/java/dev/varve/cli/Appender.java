package dev.varve.cli;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Streams;
import dev.varve.api.VarveException;
import dev.varve.api.spi.JsonArrays;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Sends one input to one stream, append after append. Confined to one thread. */
final class Appender {

    /** How many messages go out in one request: the server's own bound of an atomic append. */
    static final int BATCH_MESSAGES = 1_000;

    /** How many bytes of messages go out in one request, a single larger message aside. */
    static final int BATCH_BYTES = 1 << 20;

    private final Streams plain;
    private final String path;
    private final String contentType;
    private Streams streams;
    private @Nullable String producer;
    private long epoch;
    private boolean anonymous;
    private boolean mayProduce = true;
    private LongConsumer onSent = bytes -> {};
    private long producerSequence;
    private @Nullable Offset ifMatch;
    private @Nullable Offset next;
    private long bytes;
    private boolean oneByOne;

    Appender(Streams streams, String path, String contentType, @Nullable Offset ifMatch) {
        this.plain = streams;
        this.streams = streams;
        this.path = path;
        this.contentType = contentType;
        this.ifMatch = ifMatch;
    }

    /**
     * From here on appends exactly once, and exactly what another run with the same input appends.
     *
     * @param patient repeats what fails in a way that may pass
     */
    void produceAs(String id, long epochOfRun, Streams patient) {
        producer = id;
        epoch = epochOfRun;
        streams = patient;
    }

    /** From here on appends exactly once within this run, where the stream takes one more producer. */
    void produceAnonymously(Streams patient) {
        if (producer == null && mayProduce) {
            produceAs("varve-" + UUID.randomUUID(), 0, patient);
            anonymous = true;
        }
    }

    /** Goes on without a producer, if it was refused only for being one. */
    private boolean goesOnPlainly(VarveException failure) {
        boolean refused = failure.kind() == ErrorKind.PRODUCER_LIMIT || failure.kind() == ErrorKind.NOT_SUPPORTED;
        if (!anonymous || !refused) {
            return false;
        }
        producer = null;
        anonymous = false;
        mayProduce = false;
        streams = plain;
        return true;
    }

    /** Hears how many bytes each append carried. */
    void onSent(LongConsumer listener) {
        onSent = listener;
    }

    /** The offset after the last append, if there was one. */
    Optional<Offset> next() {
        return Optional.ofNullable(next);
    }

    /** How much was appended, duplicates of a producer included. */
    long bytes() {
        return bytes;
    }

    void append(byte[] body, @Nullable String sequence, boolean close) {
        AppendRequest request = new AppendRequest(path, contentType, body, sequence, nextProducer(), ifMatch, close);
        AppendResult result;
        try {
            result = streams.append(request);
        } catch (VarveException e) {
            if (!goesOnPlainly(e)) {
                throw e;
            }
            append(body, sequence, close);
            return;
        }
        appended(result, body.length);
    }

    /** Each message by itself, in order; as many as fit in one request where the server can do that. */
    void appendEach(List<byte[]> messages) {
        int from = 0;
        while (from < messages.size()) {
            int to = endOfBatch(messages, from);
            appendBatch(messages.subList(from, to));
            from = to;
        }
    }

    private void appendBatch(List<byte[]> batch) {
        if (batch.size() > 1 && !oneByOne) {
            try {
                appendAtOnce(batch);
                return;
            } catch (VarveException e) {
                if (e.kind() == ErrorKind.NOT_SUPPORTED || e.kind() == ErrorKind.METHOD_NOT_ALLOWED) {
                    oneByOne = true;
                } else if (goesOnPlainly(e)) {
                    appendBatch(batch);
                    return;
                } else {
                    throw e;
                }
            }
        }
        for (byte[] message : batch) {
            append(message, null, false);
        }
    }

    private void appendAtOnce(List<byte[]> batch) {
        long sequenceBefore = producerSequence;
        List<AppendRequest> requests = new ArrayList<>(batch.size());
        long length = 0;
        for (byte[] message : batch) {
            // The batch is atomic, so the condition on its first append covers all.
            Offset condition = requests.isEmpty() ? ifMatch : null;
            requests.add(new AppendRequest(path, contentType, message, null, nextProducer(), condition, false));
            length += message.length;
        }
        try {
            switch (streams.appendAll(requests)) {
                case AppendAllResult.AppendedAll all -> appended(all.results().getLast(), length);
                case AppendAllResult.RefusedAt refused -> throw new RefusedException(refused.refusal());
            }
        } catch (VarveException e) {
            producerSequence = sequenceBefore;
            throw e;
        }
    }

    /** Whether messages are numbered one by one, so that another run over the same input numbers them alike. */
    private boolean numbersMessages() {
        return producer != null && !anonymous;
    }

    /**
     * Lines that are one JSON value each. A named producer's messages are numbered, so that another run over the same
     * input numbers them alike, however they arrive.
     */
    void appendJson(List<byte[]> lines, long firstLine) {
        List<byte[]> values = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            byte[] array = inArray(List.of(lines.get(i)));
            int count = elements(array, firstLine + i);
            if (count > 1) {
                throw notOneValue(firstLine + i);
            }
            if (count == 1) {
                values.add(numbersMessages() ? array : lines.get(i));
            }
        }
        try {
            if (numbersMessages()) {
                appendEach(values);
                return;
            }
            int from = 0;
            while (from < values.size()) {
                int to = endOfBatch(values, from);
                append(inArray(values.subList(from, to)), null, false);
                from = to;
            }
        } catch (RefusedException e) {
            if (e.kind() != ErrorKind.INVALID_JSON) {
                throw e;
            }
            throw new RefusedException(Refusal.of(
                    ErrorKind.INVALID_JSON,
                    e.refusal().detail() + " (within lines " + firstLine + " to " + (firstLine + lines.size() - 1)
                            + " of the input)"));
        }
    }

    private static int elements(byte[] array, long line) {
        try {
            return JsonArrays.elements(ByteBuffer.wrap(array)).size();
        } catch (IllegalArgumentException e) {
            throw notOneValue(line);
        }
    }

    private static RefusedException notOneValue(long line) {
        return new RefusedException(
                Refusal.of(ErrorKind.INVALID_JSON, "line " + line + " of the input is not one JSON value"));
    }

    private static byte[] inArray(List<byte[]> values) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        array.write('[');
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                array.write(',');
            }
            array.writeBytes(values.get(i));
        }
        array.write(']');
        return array.toByteArray();
    }

    private static int endOfBatch(List<byte[]> messages, int from) {
        long length = messages.get(from).length;
        int to = from + 1;
        while (to < messages.size() && to - from < BATCH_MESSAGES && length + messages.get(to).length <= BATCH_BYTES) {
            length += messages.get(to).length;
            to++;
        }
        return to;
    }

    private @Nullable Producer nextProducer() {
        return producer == null ? null : new Producer(producer, epoch, producerSequence++);
    }

    private void appended(AppendResult result, long length) {
        Offset tail = switch (result) {
            case AppendResult.Appended appended -> appended.next();
            case AppendResult.Duplicate duplicate -> duplicate.next();
            case Refusal refusal -> throw new RefusedException(refusal);
        };
        next = tail;
        if (ifMatch != null) {
            ifMatch = tail;
        }
        bytes += length;
        onSent.accept(length);
    }
}
