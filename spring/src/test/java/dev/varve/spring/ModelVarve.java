package dev.varve.spring;

import dev.varve.api.EntryStorage;
import dev.varve.api.EventStorage;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.spi.VarveProvider;
import dev.varve.testkit.ModelEntryStorage;
import dev.varve.testkit.ModelEventStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.file.Path;

/** A Varve over the model, in place of an engine, which a Java 17 cannot load. Thread-safe. */
final class ModelVarve implements Varve {

    private final EntryStorage entries;
    private final EventStorage events = new ModelEventStorage(System::currentTimeMillis);
    private final RecordFeeds feeds = new RecordFeeds();
    private final Streams streams = Streams.over(new ModelStreamStorage());
    private volatile boolean closed;

    ModelVarve() {
        this(new ModelEntryStorage(System::currentTimeMillis));
    }

    ModelVarve(EntryStorage entries) {
        this.entries = entries;
    }

    /** Found by {@link Varve#inMemory}. */
    public static final class Provider implements VarveProvider {

        @Override
        public boolean embeds() {
            return true;
        }

        @Override
        public Varve inMemory() {
            return new ModelVarve();
        }

        @Override
        public Varve open(Path directory) {
            return new ModelVarve();
        }
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public Store store(String name) {
        return Store.over(entries, events, name, feeds);
    }

    boolean closed() {
        return closed;
    }

    /** Ends all subscriptions, as a transport that is lost does. */
    void loseSubscriptions() {
        feeds.close();
    }

    @Override
    public void close() {
        closed = true;
        feeds.close();
    }
}
