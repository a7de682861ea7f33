package dev.varve.spring;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import dev.varve.testkit.TellingRepositoryContract;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** Repositories that are timed keep the contract. */
final class MeteredRepositoryTest extends TellingRepositoryContract {

    private final Varve varve = timed();

    private static Varve timed() {
        OperationTimers timers = new OperationTimers();
        timers.bindTo(new SimpleMeterRegistry());
        return new MeteredVarve(new ModelVarve(), Transport.Kind.EMBEDDED, timers);
    }

    @Override
    protected Store store(String name) {
        return varve.store(name);
    }

    @Override
    protected void close() {
        varve.close();
    }
}
