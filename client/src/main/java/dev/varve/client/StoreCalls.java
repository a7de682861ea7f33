package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Requests to the routes of one store, and their answers as objects. Thread-safe. */
final class StoreCalls {

    /** A body of more bytes is only sent when the server has said that it takes it. */
    private static final int ASK_FIRST_BYTES = 1 << 20;

    private final HttpTransport transport;
    private final String store;

    StoreCalls(HttpTransport transport, String store) {
        this.transport = transport;
        this.store = store;
    }

    /** Reads. Nothing when there is no such store or entry. */
    Optional<EntryAnswer> find(String url) {
        return find(() -> transport.request(url).GET().build());
    }

    /** Reads what a body asks for. */
    Optional<EntryAnswer> find(String url, byte[] json) {
        return find(() -> post(url, json));
    }

    private Optional<EntryAnswer> find(Supplier<HttpRequest> requests) {
        return found(requests.get(), transport.sendRepeatable(requests));
    }

    private Optional<EntryAnswer> found(HttpRequest request, Answer answer) {
        return EntryFailures.isAbsent(request, answer) ? Optional.empty() : Optional.of(expected(request, answer));
    }

    /** Begins to read. */
    CompletableFuture<Optional<EntryAnswer>> startFind(String url) {
        Supplier<HttpRequest> requests = () -> transport.request(url).GET().build();
        return transport.startRepeatable(requests).thenApply(answer -> found(requests.get(), answer));
    }

    /** Reads what must be there. */
    EntryAnswer get(String url) {
        return find(url).orElseThrow(this::noStore);
    }

    /** The failure of what needs a store that is there. */
    VarveException noStore() {
        return new VarveException(ErrorKind.NOT_FOUND, "there is no store " + store);
    }

    /** A request that changes something. It is sent once: what became of one without an answer nobody knows. */
    HttpRequest post(String url, byte[] json) {
        return transport
                .request(url)
                .header("Content-Type", "application/json")
                .expectContinue(json.length > ASK_FIRST_BYTES)
                .POST(BodyPublishers.ofByteArray(json))
                .build();
    }

    HttpRequest delete(String url) {
        return transport.request(url).DELETE().build();
    }

    Answer send(HttpRequest request) {
        return transport.send(request);
    }

    /** Sends a change that can be made again without harm. */
    EntryAnswer postRepeatable(String url, byte[] json) {
        return expected(post(url, json), transport.sendRepeatable(() -> post(url, json)));
    }

    /** The answer to a request that was done, or what it failed with. */
    EntryAnswer expected(HttpRequest request, Answer answer) {
        if (answer.status() != 200 && answer.status() != 201) {
            throw failure(request, answer);
        }
        return EntryAnswer.of(request, answer);
    }

    VarveException failure(HttpRequest request, Answer answer) {
        return EntryFailures.isAbsent(request, answer) ? noStore() : EntryFailures.of(store, request, answer);
    }
}
