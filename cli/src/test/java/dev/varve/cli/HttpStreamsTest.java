package dev.varve.cli;

import dev.varve.api.Streams;
import dev.varve.testkit.StreamsContract;

/** The streams of a real server keep the contract. */
final class HttpStreamsTest extends StreamsContract {

    private final ServedStores served = new ServedStores();

    @Override
    protected Streams streams() {
        return served.streams();
    }

    @Override
    protected void close() {
        served.close();
    }
}
