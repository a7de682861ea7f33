package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryType;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Files of one store, streamed both ways. Thread-safe. */
final class HttpFiles {

    /** Longer than any file takes; how long a piece of it takes is bounded where pieces are sent. */
    private static final Duration WHOLE_FILE = Duration.ofDays(1);

    private static final String FILES = "/api/files/";

    private final HttpTransport transport;
    private final StoreCalls calls;
    private final EntryUrls urls;
    private final HttpEntryReads reads;

    HttpFiles(HttpTransport transport, StoreCalls calls, EntryUrls urls, HttpEntryReads reads) {
        this.transport = transport;
        this.calls = calls;
        this.urls = urls;
        this.reads = reads;
    }

    Entry put(EntryPath path, InputStream content, @Nullable String contentType, @Nullable String filename)
            throws IOException {
        PiecePublisher pieces = new PiecePublisher();
        HttpRequest post = putRequest(path, contentType, filename, pieces);
        Answer answer = exchange(post, pieces, content);
        Refused refused = EntryFailures.refusal(post, answer, path);
        if (refused != null) {
            throw new EntryRefusedException(refused);
        }
        EntryAnswer made = calls.expected(post, answer);
        long storeSeq = made.number("store_seq");
        // The answer does not say when it was stored.
        Entry entry = Totals.after(reads, path, storeSeq);
        return entry != null
                ? entry
                : new Entry(
                        path,
                        new FileReference(made.text("hash"), made.number("size"), contentType, filename, null)
                                .toValue(),
                        EntryType.FILE,
                        storeSeq);
    }

    private HttpRequest putRequest(
            EntryPath path, @Nullable String contentType, @Nullable String filename, PiecePublisher pieces) {
        String query = filename == null ? "" : "?filename=" + Wire.encodeQuery(filename);
        HttpRequest.Builder post = transport
                .request(urls.at("/files/", path) + query)
                .timeout(WHOLE_FILE)
                .expectContinue(true)
                .POST(BodyPublishers.fromPublisher(pieces));
        if (contentType != null) {
            post.header("Content-Type", Wire.headerValue("Content-Type", contentType));
        }
        return post.build();
    }

    private Answer exchange(HttpRequest post, PiecePublisher pieces, InputStream content) throws IOException {
        CompletableFuture<Answer> started = transport.start(post);
        CompletableFuture<?> unusedEnd = started.whenComplete((answer, failure) -> pieces.stop());
        boolean whole = false;
        try {
            whole = pieces.send(content, transport.requestTimeout());
        } finally {
            if (!whole && !started.isDone()) {
                started.cancel(true);
            }
        }
        try {
            return HttpTransport.await(
                    post, started.orTimeout(transport.requestTimeout().toMillis(), TimeUnit.MILLISECONDS));
        } catch (VarveException e) {
            if (!whole && e.kind() == ErrorKind.TIMEOUT) {
                throw new VarveException(
                        ErrorKind.NETWORK, "the connection broke while a file was being sent; nothing was changed", e);
            }
            throw e;
        }
    }

    Optional<InputStream> open(EntryPath path) {
        FileReference reference =
                reads.get(path).map(entry -> FileReference.of(entry.value())).orElse(null);
        if (reference == null) {
            return Optional.empty();
        }
        HttpRequest get = transport
                .request(FILES + Wire.encodeQuery(reference.hash()))
                .GET()
                .build();
        HttpTransport.Opened<BodyStream> opened = transport.open(get);
        BodyStream body = opened.body();
        if (body == null) {
            throw calls.failure(get, opened.answer());
        }
        return Optional.of(new CheckedFile(body, reference));
    }
}
