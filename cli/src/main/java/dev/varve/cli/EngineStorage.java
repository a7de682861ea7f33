package dev.varve.cli;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Opens Varve's own engine. Thread-safe. */
final class EngineStorage implements StorageFactory {

    @Override
    public Opened open(ServeConfig config) {
        EngineOptions options = options(config);
        boolean ephemeral = config.get(ServeSettings.EPHEMERAL);
        Path data = config.get(ServeSettings.DATA).toAbsolutePath().normalize();
        Engine engine = ephemeral ? Engine.inMemory(options) : Engine.open(data, options);
        return new Opened(
                engine.streams(),
                Optional.of(engine.entries()),
                Optional.of(engine.events()),
                Optional.of(engine.transactions()),
                Optional.of(engine.reservedEntries()),
                ephemeral ? "memory only" : data.toString(),
                engine,
                broken(engine));
    }

    private static EngineOptions options(ServeConfig config) {
        EngineOptions byDefault = EngineOptions.DEFAULT;
        return byDefault
                .withJournal(JournalSizes.options(config))
                .withCheckpointBytes(config.get(ServeSettings.CHECKPOINT_BYTES))
                .withBlockCacheBytes(config.get(ServeSettings.BLOCK_CACHE))
                .withMaxIdleStreams(config.get(ServeSettings.MAX_IDLE_STREAMS))
                .withHistory(new HistoryPolicy(
                        config.get(ServeSettings.HISTORY_CHANGES),
                        config.get(ServeSettings.HISTORY_AGE).toMillis()))
                .withQuotas(new StoreQuotas(
                        config.get(ServeSettings.MAX_KEYS),
                        config.get(ServeSettings.MAX_FILE_STORAGE),
                        config.get(ServeSettings.MAX_STORES)));
    }

    private static CompletableFuture<Throwable> broken(Engine engine) {
        CompletableFuture<Throwable> broken = new CompletableFuture<>();
        Thread.ofVirtual().name("varve-poison").start(() -> {
            try {
                engine.awaitPoison();
                broken.complete(Objects.requireNonNull(engine.poison()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return broken;
    }
}
