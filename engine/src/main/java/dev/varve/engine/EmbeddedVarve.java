package dev.varve.engine;

import dev.varve.api.Streams;
import dev.varve.api.Varve;

/** An engine behind the entry type of the API. Thread-safe. */
final class EmbeddedVarve implements Varve {

    private final Engine engine;
    private final Streams streams;

    EmbeddedVarve(Engine engine) {
        this.engine = engine;
        this.streams = Streams.over(engine.streams());
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public void close() {
        engine.close();
    }
}
