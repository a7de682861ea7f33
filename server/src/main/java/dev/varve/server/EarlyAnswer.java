package dev.varve.server;

import dev.varve.api.ErrorKind;
import org.jspecify.annotations.Nullable;

/** What can be said to a request by its head alone, before any of its body is read. Stateless. */
final class EarlyAnswer {

    /** A body up to this size is skipped after an early answer, so that the connection lives on. */
    private static final long MAX_SKIPPED_BYTES = 256 * 1024;

    private EarlyAnswer() {}

    /**
     * Checks host, route, method, the token and what it allows, the body's size and encoding, and whether it fits into memory, in
     * this order.
     *
     * @param destination where the request goes
     * @return the answer, or null when the body is to be read; then its known length is charged to the exchange
     */
    static @Nullable Response to(Exchange exchange, Destination destination) {
        Response answer = answer(exchange, destination);
        return answer != null && endsConnection(exchange.request) ? answer.closing() : answer;
    }

    private static @Nullable Response answer(Exchange exchange, Destination destination) {
        Routes.Resource resource = destination.resource();
        Route route = destination.route();
        ServerContext server = exchange.server;
        Request request = exchange.request;
        if (!destination.hostAccepted()) {
            return exchange.problemResponse(Problem.withStatus(
                    421,
                    ErrorKind.FORBIDDEN,
                    "this server listens on a loopback address and answers only to names of this machine; set"
                            + " the public URL to add one"));
        }
        if (resource == null) {
            return exchange.problemResponse(Problem.of(ErrorKind.NOT_FOUND, "nothing is served at this path"));
        }
        if (route == null) {
            return request.method.equals("OPTIONS")
                    ? Preflight.answer(resource)
                    : exchange.methodNotAllowed(resource.allow);
        }
        Response refusal = server.access.refusal(exchange);
        if (refusal != null) {
            return refusal;
        }
        boolean chunked = request.contentLength == Request.CHUNKED;
        if (request.contentLength > route.maxBodyBytes() || (chunked && route.maxBodyBytes() == 0)) {
            return exchange.problemResponse(RequestBody.tooLarge(route.maxBodyBytes()));
        }
        if (request.bodyIsEncoded) {
            // Kept as it came it would be read back without a word of its encoding (RFC 9110, 15.5.16).
            String detail = "a body is taken as it is: send it without Content-Encoding";
            return exchange.problemResponse(Problem.withStatus(415, ErrorKind.NOT_SUPPORTED, detail))
                    .header(HeaderName.ACCEPT_ENCODING, "identity");
        }
        long inMemory = route.sink() != null ? FileSink.MEMORY_BYTES : chunked ? 0 : request.contentLength;
        if (!exchange.charge(inMemory)) {
            return exchange.problemResponse(RequestBody.overloaded());
        }
        return null;
    }

    /** Whether an early answer costs the connection: the body that follows is too long to skip, or might not come. */
    private static boolean endsConnection(Request request) {
        return request.expectsContinue
                || request.contentLength == Request.CHUNKED
                || request.contentLength > MAX_SKIPPED_BYTES;
    }
}
