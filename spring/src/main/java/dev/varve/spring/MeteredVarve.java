package dev.varve.spring;

import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import org.jspecify.annotations.Nullable;

/** Another Varve, whose streams, repositories and batches are timed. Thread-safe. */
final class MeteredVarve implements Varve {

    private final Varve varve;
    private final OperationTimers timers;
    private final Streams streams;
    private @Nullable Store configured;

    /**
     * What is told of the streams of a Varve is told as of one transport, since they do not say which they have.
     *
     * @param transport how they are reached
     */
    MeteredVarve(Varve varve, Transport.Kind transport, OperationTimers timers) {
        this.varve = varve;
        this.timers = timers;
        this.streams = new MeteredStreams(varve.streams(), transport, timers);
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public Store store(String name) {
        return new MeteredStore(varve.store(name), timers);
    }

    @Override
    public synchronized Store store() {
        Store known = configured;
        if (known == null) {
            known = new MeteredStore(varve.store(), timers);
            configured = known;
        }
        return known;
    }

    @Override
    public void close() {
        varve.close();
    }
}
