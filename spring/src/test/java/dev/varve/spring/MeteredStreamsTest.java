package dev.varve.spring;

import dev.varve.api.Streams;
import dev.varve.api.spi.Transport;
import dev.varve.testkit.ModelStreamStorage;
import dev.varve.testkit.StreamsContract;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** Streams that are timed keep the contract. */
final class MeteredStreamsTest extends StreamsContract {

    private final Streams streams = timed();

    private static Streams timed() {
        OperationTimers timers = new OperationTimers();
        timers.bindTo(new SimpleMeterRegistry());
        return new MeteredStreams(Streams.over(new ModelStreamStorage()), Transport.Kind.EMBEDDED, timers);
    }

    @Override
    protected Streams streams() {
        return streams;
    }

    @Override
    protected void close() {
        // Nothing is held.
    }
}
