package dev.varve.engine;

import dev.varve.api.Varve;
import dev.varve.api.spi.VarveProvider;
import java.nio.file.Path;

/** Lets {@link Varve#open} find the engine. Thread-safe. */
public final class EngineProvider implements VarveProvider {

    /** For {@link java.util.ServiceLoader}. */
    public EngineProvider() {}

    @Override
    public boolean embeds() {
        return true;
    }

    @Override
    public Varve open(Path directory) {
        return Engine.open(directory, EngineOptions.DEFAULT).varve();
    }

    @Override
    public Varve inMemory() {
        return Engine.inMemory(EngineOptions.DEFAULT).varve();
    }
}
