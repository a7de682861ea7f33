package dev.varve.api;

/** What a creation came to. */
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
