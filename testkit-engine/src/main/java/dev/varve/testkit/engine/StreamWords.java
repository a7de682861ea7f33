package dev.varve.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.VarveException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Puts requests and answers into words, without what may differ between storages: sentences for people and incarnations. */
final class StreamWords {

    private static final Set<ErrorKind> MISSING =
            EnumSet.of(ErrorKind.NOT_FOUND, ErrorKind.GONE, ErrorKind.FORK_SOURCE_GONE);

    private StreamWords() {}

    static String of(@Nullable Object answer) {
        return switch (answer) {
            case null -> "nothing";
            case Refusal refusal -> of(refusal);
            case CreateResult.Created created -> "created " + of(created.stream());
            case CreateResult.Existing existing -> "existing " + of(existing.stream());
            case StreamMetadata stream ->
                stream.path() + " of " + stream.contentType() + " from " + stream.earliest() + " to " + stream.next()
                        + (stream.closed() ? ", closed" : "") + ", made at "
                        + stream.createdAt().toEpochMilli() + lifetime(stream);
            case ListResult.Listing listing ->
                listing.streams().stream().map(StreamWords::listed).toList() + (listing.hasMore() ? " and more" : "");
            case AppendAllResult.RefusedAt refused -> "at " + refused.index() + " " + of(refused.refusal());
            case ReadResult.Page page ->
                "page from " + page.start() + " to " + page.next() + " of " + page.contentType() + " with "
                        + UTF_8.decode(page.data().duplicate()) + (page.hasMore() ? " and more" : "")
                        + (page.closed() ? ", closed" : "");
            case MessagesResult.Messages messages ->
                messages.messages().stream()
                                .map(message -> UTF_8.decode(message.data().duplicate()) + " until " + message.next())
                                .toList()
                        + " to " + messages.next() + (messages.hasMore() ? " and more" : "")
                        + (messages.closed() ? ", closed" : "");
            default -> answer.toString();
        };
    }

    /** Whether an answer says that a stream, or the source of a fork, is not there any more. */
    static boolean isMissing(@Nullable Object answer) {
        Object refused = answer instanceof AppendAllResult.RefusedAt at ? at.refusal() : answer;
        return refused instanceof Refusal refusal && MISSING.contains(refusal.kind());
    }

    private static String of(Refusal refusal) {
        ErrorKind kind = refusal.kind() == ErrorKind.INVALID_PARAMS ? ErrorKind.INVALID_OFFSET : refusal.kind();
        return kind + " " + refusal.offset() + " " + refusal.producerEpoch() + " " + refusal.expectedSequence() + " "
                + refusal.receivedSequence();
    }

    /** Without what retention has removed, which may be any time. */
    static String listed(StreamMetadata stream) {
        return stream.path() + " of " + stream.contentType() + " to " + stream.next()
                + (stream.closed() ? ", closed" : "") + lifetime(stream);
    }

    private static String lifetime(StreamMetadata stream) {
        return ", lives " + stream.ttlSeconds() + " s or until " + stream.expiresAt() + ", keeps " + stream.retention();
    }

    /** What a call failed with, if that is a failure a storage may answer with. */
    static VarveException failure(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof VarveException failure) {
            return failure;
        }
        throw new AssertionError("a storage fails with VarveException only", thrown);
    }

    static String of(AppendRequest request) {
        return "append to " + request.path() + " as " + request.contentType() + " " + of(request.body())
                + (request.producer() == null ? "" : " by " + request.producer())
                + (request.sequence() == null ? "" : " sequence " + request.sequence())
                + (request.ifMatch() == null ? "" : " if at " + request.ifMatch())
                + (request.close() ? " and close" : "");
    }

    static String of(CreateRequest request) {
        StreamConfig config = request.config();
        return "create " + request.path() + " as " + config + " " + of(request.body())
                + (request.fork() == null ? "" : " from " + request.fork())
                + (request.closed() ? " closed" : "");
    }

    private static String of(byte[] body) {
        String text = new String(body, UTF_8);
        return text.length() <= 40
                ? "'" + text + "'"
                : "'" + text.substring(0, 40) + "...' (" + text.length() + " bytes, " + Arrays.hashCode(body) + ")";
    }
}
