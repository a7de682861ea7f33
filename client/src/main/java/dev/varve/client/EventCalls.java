package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Requests to the routes of events of one store, and their answers. Thread-safe. */
final class EventCalls {

    /** Where events are read that a body asks for. */
    static final String QUERY = "/events/query";

    /** Where such events are counted. */
    static final String COUNT = "/events/count";

    static final String EVENTS = "/events";

    /** What an answer is that has one JSON object a line. */
    static final String LINES = "application/x-ndjson";

    /** A body of more bytes is only sent when the server has said that it takes it. */
    private static final int ASK_FIRST_BYTES = 1 << 20;

    private final HttpTransport transport;
    private final String store;

    /**
     * The routes of a store.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when no store can be called so
     */
    EventCalls(HttpTransport transport, String store) {
        if (!StoreInfo.NAME.matcher(store).matches()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "\"" + store + "\" is no name of a store: organisation/name");
        }
        this.transport = transport;
        this.store = store;
    }

    /** A resource that is named by an aggregate, such as {@code /snapshots/order/4711}. */
    static String of(String resource, AggregateId aggregate) {
        String id = aggregate.id();
        // Intermediaries tidy up what looks like a path of directories.
        boolean plain = ("/" + id + "/").matches("(?s)(?:(?!.*/\\.{0,2}/).)*");
        String written = Wire.encodeQuery(id);
        return resource + "/" + segment(aggregate.type()) + "/"
                + (plain ? written.replace("%2F", "/") : written.replace(".", "%2E"));
    }

    /** One segment of a path. */
    static String segment(String text) {
        String written = Wire.encodeQuery(text);
        return text.matches("\\.{1,2}") ? written.replace(".", "%2E") : written;
    }

    /** A request without a body. */
    HttpRequest.Builder request(String resource) {
        return transport.request(EntryUrls.STORES + "/" + store + resource);
    }

    /** A request with a JSON body. */
    HttpRequest.Builder request(String method, String resource, byte[] json) {
        return request(resource)
                .header("Content-Type", "application/json")
                .expectContinue(json.length > ASK_FIRST_BYTES)
                .method(method, BodyPublishers.ofByteArray(json));
    }

    /** A request that is answered when something has come to pass, or so much later. */
    HttpRequest.Builder waiting(String resource, Duration wait) {
        return request(resource).timeout(transport.requestTimeout().plus(wait)).GET();
    }

    /** The same with a JSON body. */
    HttpRequest.Builder waiting(String resource, byte[] json, Duration wait) {
        return request("POST", resource, json)
                .timeout(transport.requestTimeout().plus(wait));
    }

    /** Sends a request once and reads its answer. */
    <T> CompletableFuture<T> once(HttpRequest.Builder request, Function<EventAnswer, T> reader) {
        HttpRequest built = request.build();
        return transport.start(built).thenApply(answer -> read(built, answer, reader));
    }

    /** Sends a request whose repetition changes nothing, again while that makes sense, and reads its answer. */
    <T> CompletableFuture<T> repeated(Supplier<HttpRequest.Builder> requests, Function<EventAnswer, T> reader) {
        return repeated(requests, (request, answer) -> read(request, answer, reader));
    }

    /** What an answer comes to. */
    @FunctionalInterface
    interface Reading<T> {

        /**
         * Reads any answer.
         *
         * @throws VarveException when it says that something failed
         */
        T read(HttpRequest request, Answer answer);
    }

    <T> CompletableFuture<T> repeated(Supplier<HttpRequest.Builder> requests, Reading<T> reading) {
        return transport
                .startRepeatable(() -> requests.get().build())
                .thenApply(answer -> reading.read(requests.get().build(), answer));
    }

    /** Waits for what a call comes to. */
    static <T> T await(CompletableFuture<T> call) {
        try {
            return call.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException known ? known : e;
        }
    }

    /** Reads an answer, which tells of a failure unless it has a status of success. */
    static <T> T read(HttpRequest request, Answer answer, Function<EventAnswer, T> reader) {
        if (answer.status() < 200 || answer.status() > 299) {
            throw failure(request, answer);
        }
        return EventAnswer.read(where(request), answer.body(), reader);
    }

    static String where(HttpRequest request) {
        return "the answer to " + request.method() + " " + request.uri().getRawPath();
    }

    /** The failure that an answer tells of. */
    static VarveException failure(HttpRequest request, Answer answer) {
        if ((answer.status() == 404 || answer.status() == 405) && !Failures.isProblem(answer)) {
            return Failures.unexpected(
                    ErrorKind.NOT_IMPLEMENTED,
                    Failures.server(request.uri()) + " has no route " + request.method() + " "
                            + request.uri().getRawPath() + " (" + answer.status()
                            + "); it may be older than this client, or no Varve",
                    request,
                    answer);
        }
        VarveException failure = Failures.of(request, answer);
        return failure instanceof dev.varve.api.RefusedException
                ? new VarveException(failure.kind(), String.valueOf(failure.getMessage()))
                : failure;
    }

    /** The same value as a parameter of a URL, with its name; nothing for none. */
    static String parameter(char before, String name, @Nullable Object value) {
        return value == null ? "" : before + name + "=" + Wire.encodeQuery(value.toString());
    }
}
