package dev.varve.axon;

import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import dev.varve.testkit.ModelEventStorage;
import java.util.UUID;

/** Where engines of tests keep events. */
interface Place extends AutoCloseable {

    /** The events of a store of this name. */
    EventStore events(String store);

    /** A store that is empty. */
    default EventStore fresh() {
        return events("acme/s" + UUID.randomUUID());
    }

    @Override
    void close();

    /** In plain lists. */
    static Place model() {
        ModelEventStorage storage = new ModelEventStorage(System::currentTimeMillis);
        return new Place() {
            @Override
            public EventStore events(String store) {
                return EventStore.over(storage, store);
            }

            @Override
            public void close() {}
        };
    }

    /** In memory, by the engine. */
    static Place embedded() {
        Varve varve = Varve.inMemory();
        return new Place() {
            @Override
            public EventStore events(String store) {
                return varve.store(store).events();
            }

            @Override
            public void close() {
                varve.close();
            }
        };
    }

    /** In memory behind a server. */
    static Place served() {
        Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
        VarveServer server = VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .events(engine.events())
                .records(engine.reservedEntries())
                .start();
        Varve varve = Varve.connect(server.url());
        return new Place() {
            @Override
            public EventStore events(String store) {
                return varve.store(store).events();
            }

            @Override
            public void close() {
                varve.close();
                server.close();
                engine.varve().close();
            }
        };
    }
}
