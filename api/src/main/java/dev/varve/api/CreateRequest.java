package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * A request to create a stream. Immutable, except that the body array is shared: it must not change until the result
 * has arrived.
 *
 * <pre>{@code
 * streams.create(CreateRequest.of("greeting", StreamConfig.of("text/plain"))
 *         .withBody("hello\n".getBytes(UTF_8))
 *         .withClosed()); // nothing will ever follow
 * }</pre>
 *
 * @param path the stream's path below the stream root, without a leading slash
 * @param config what to create
 * @param fork where to branch off, or null for a stream of its own
 * @param closed whether the stream is created closed, with {@code body} as its whole content
 * @param body the first content, may be empty; in JSON mode one value, or an array whose elements become messages
 */
public record CreateRequest(
        String path, StreamConfig config, @Nullable Fork fork, boolean closed, byte[] body) {

    private static final byte[] NO_BODY = {};

    /**
     * A request for an empty open stream.
     *
     * @param path the stream's path
     * @param config what to create
     * @return the request
     */
    public static CreateRequest of(String path, StreamConfig config) {
        return new CreateRequest(path, config, null, false, NO_BODY);
    }

    /**
     * The same request with first content.
     *
     * @param content the first content
     * @return the changed copy
     */
    public CreateRequest withBody(byte[] content) {
        return new CreateRequest(path, config, fork, closed, content);
    }

    /**
     * The same request as a fork.
     *
     * @param from where to branch off
     * @return the changed copy
     */
    public CreateRequest withFork(Fork from) {
        return new CreateRequest(path, config, from, closed, body);
    }

    /**
     * The same request for a stream that is closed from the start.
     *
     * @return the changed copy
     */
    public CreateRequest withClosed() {
        return new CreateRequest(path, config, fork, true, body);
    }
}
