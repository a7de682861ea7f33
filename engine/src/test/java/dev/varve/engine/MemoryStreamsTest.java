package dev.varve.engine;

import dev.varve.api.Streams;
import dev.varve.testkit.StreamsContract;

/** The streams of an engine in memory keep the contract. */
final class MemoryStreamsTest extends StreamsContract {

    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);

    @Override
    protected Streams streams() {
        return Streams.over(engine.streams());
    }

    @Override
    protected void close() {
        engine.close();
    }
}
