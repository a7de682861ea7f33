package dev.varve.api;

/**
 * What a creation came to.
 *
 * <pre>{@code
 * CreateResult result = streams.create("log", StreamConfig.of("text/plain"));
 * Offset tail = result instanceof CreateResult.Existing existing
 *         ? existing.stream().next() // whoever was here before has left something
 *         : Offset.ZERO;
 * }</pre>
 */
public sealed interface CreateResult permits CreateResult.Created, CreateResult.Existing, Refusal {

    /**
     * The stream is new and durable.
     *
     * @param stream the stream as created
     */
    record Created(StreamMetadata stream) implements CreateResult {}

    /**
     * A stream with the same configuration was there already; nothing was changed, a body in the request was not
     * appended.
     *
     * @param stream the stream as it is
     */
    record Existing(StreamMetadata stream) implements CreateResult {}
}
