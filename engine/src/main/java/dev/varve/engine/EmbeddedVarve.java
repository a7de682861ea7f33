package dev.varve.engine;

import dev.varve.api.ErrorKind;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;

/** An engine behind the entry type of the API. Thread-safe. */
final class EmbeddedVarve implements Varve {

    private final Engine engine;
    private final Streams streams;
    private final RecordFeeds feeds = new RecordFeeds();

    EmbeddedVarve(Engine engine) {
        this.engine = engine;
        this.streams = Streams.over(engine.streams());
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public Store store(String name) {
        if (!StoreInfo.NAME.matcher(name).matches()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "\"" + name + "\" is no name of a store: organisation/name");
        }
        return Store.over(engine.entries(), engine.events(), engine.transactions(), name, feeds);
    }

    @Override
    public void close() {
        feeds.close();
        engine.close();
    }
}
