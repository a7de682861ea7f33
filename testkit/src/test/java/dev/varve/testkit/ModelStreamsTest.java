package dev.varve.testkit;

import dev.varve.api.Streams;

/** Streams over the model keep the contract. */
final class ModelStreamsTest extends StreamsContract {

    private final Streams streams = Streams.over(new ModelStreamStorage());

    @Override
    protected Streams streams() {
        return streams;
    }

    @Override
    protected void close() {
        // Nothing is held.
    }
}
