package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * The answer of a storage that understood a request and declines it. Nothing was changed. Refusals are values because
 * the caller's next step depends on them; failures are {@link VarveException}s. Immutable.
 *
 * <pre>{@code
 * AppendRequest request = AppendRequest.of("log", "text/plain", "hello\n".getBytes(UTF_8)).withIfMatch(Offset.ZERO);
 * AppendResult result = streams.appendAsync(request).join();
 * if (result instanceof Refusal refusal && refusal.kind() == ErrorKind.PRECONDITION_FAILED) {
 *     System.out.println("somebody was here before, the tail is at " + refusal.offset());
 * }
 * }</pre>
 *
 * @param kind why
 * @param detail one sentence for people: what was wrong and what to do
 * @param offset the offset that belongs to the kind: the current tail for {@link ErrorKind#PRECONDITION_FAILED}, the
 *     final offset for {@link ErrorKind#CLOSED}, the earliest one for {@link ErrorKind#COMPACTED}; else null
 * @param producerEpoch the current epoch for {@link ErrorKind#PRODUCER_FENCED}; else null
 * @param expectedSequence the sequence that would be accepted for {@link ErrorKind#PRODUCER_GAP}; else null
 * @param receivedSequence the sequence that came for {@link ErrorKind#PRODUCER_GAP}; else null
 */
public record Refusal(
        ErrorKind kind,
        String detail,
        @Nullable Offset offset,
        @Nullable Long producerEpoch,
        @Nullable Long expectedSequence,
        @Nullable Long receivedSequence)
        implements CreateResult, AppendResult, ReadResult, MessagesResult, MetadataResult, DeleteResult, ListResult {

    /**
     * A refusal without further fields.
     *
     * @param kind why
     * @param detail one sentence for people
     * @return the refusal
     */
    public static Refusal of(ErrorKind kind, String detail) {
        return new Refusal(kind, detail, null, null, null, null);
    }

    /**
     * A refusal that names an offset.
     *
     * @param kind why
     * @param detail one sentence for people
     * @param offset the offset that belongs to the kind
     * @return the refusal
     */
    public static Refusal of(ErrorKind kind, String detail, Offset offset) {
        return new Refusal(kind, detail, offset, null, null, null);
    }

    /**
     * The refusal of a producer with an old epoch.
     *
     * @param currentEpoch the epoch that holds the stream
     * @return the refusal
     */
    public static Refusal fenced(long currentEpoch) {
        return new Refusal(
                ErrorKind.PRODUCER_FENCED,
                "the producer's epoch is stale; the current epoch is " + currentEpoch,
                null,
                currentEpoch,
                null,
                null);
    }

    /**
     * The refusal of a producer that skipped sequences.
     *
     * @param expected the sequence that would be accepted
     * @param received the sequence that came
     * @return the refusal
     */
    public static Refusal gap(long expected, long received) {
        return new Refusal(
                ErrorKind.PRODUCER_GAP,
                "the producer's sequence should be " + expected + " but was " + received,
                null,
                null,
                expected,
                received);
    }

    /**
     * The refusal of a missing stream.
     *
     * @param path the path that was asked for
     * @return the refusal
     */
    public static Refusal notFound(String path) {
        return of(ErrorKind.NOT_FOUND, "there is no stream at " + path);
    }
}
