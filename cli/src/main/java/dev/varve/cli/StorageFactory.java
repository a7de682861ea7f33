package dev.varve.cli;

import dev.varve.api.EntryStorage;
import dev.varve.api.EventStorage;
import dev.varve.api.StreamStorage;
import dev.varve.api.TransactionStorage;
import dev.varve.engine.spi.MetricSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Opens what {@code varve serve} serves. */
@FunctionalInterface
interface StorageFactory {

    /**
     * A storage, and how to hear that it has failed for good.
     *
     * @param storage what to serve
     * @param entries the entries to serve, if there are any
     * @param events the events to serve, if there are any
     * @param transactions the transactions and commits to serve, if there are any
     * @param records where the server keeps its own records, if it can
     * @param where where the data is, as it stands in a sentence
     * @param metrics the storage's figures
     * @param broken completed with the cause when nothing can be written any more; never completed otherwise
     */
    record Opened(
            StreamStorage storage,
            Optional<EntryStorage> entries,
            Optional<EventStorage> events,
            Optional<TransactionStorage> transactions,
            Optional<EntryStorage> records,
            String where,
            MetricSource metrics,
            CompletableFuture<Throwable> broken) {}

    /** Opens the storage that the configuration describes; the caller closes it. */
    Opened open(ServeConfig config);
}
