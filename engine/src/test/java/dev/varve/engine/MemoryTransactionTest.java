package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.Varve;
import dev.varve.testkit.TransactionContract;
import org.jspecify.annotations.Nullable;

/** Transactions of an engine in memory keep the contract. */
final class MemoryTransactionTest extends TransactionContract {

    private @Nullable Varve varve;

    @Override
    protected Varve varve() {
        Varve opened = varve;
        if (opened == null) {
            opened = Engine.inMemory(TestEngines.OPTIONS).varve();
            varve = opened;
        }
        return opened;
    }

    @Override
    protected void close() {
        requireNonNull(varve).close();
        varve = null;
    }
}
