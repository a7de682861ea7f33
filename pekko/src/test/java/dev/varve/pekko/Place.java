package dev.varve.pekko;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import dev.varve.testkit.ModelEventStorage;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;

/** Where actor systems of tests keep what they persist. */
interface Place extends AutoCloseable {

    /** What every test runs with. */
    Config COMMON = ConfigFactory.parseMap(Map.of(
            "pekko.persistence.journal.plugin", "varve-journal",
            "pekko.persistence.snapshot-store.plugin", "varve-snapshots",
            "pekko.loglevel", "WARNING",
            "pekko.stdout-loglevel", "WARNING",
            "pekko.test.single-expect-default", "30s",
            // The suites write as if they were one incarnation of an actor after the other.
            "pekko.actor.warn-about-java-serializer-usage", "off"));

    /** An actor system that keeps everything in a store here. */
    ActorSystem system(String store, Config config);

    /** Does something with the store; no actor system may run that uses it. */
    void withEvents(String store, Consumer<EventStore> call);

    @Override
    void close();

    /** In plain lists, handed over as an object. */
    static Place model() {
        ModelEventStorage storage = new ModelEventStorage(System::currentTimeMillis);
        return new Place() {
            @Override
            public ActorSystem system(String store, Config config) {
                Config complete = config.withFallback(COMMON).withFallback(ConfigFactory.load());
                return ActorSystem.create(
                        "tests",
                        ActorSystemSetup.create(
                                BootstrapSetup.create(complete), VarveSetup.of(EventStore.over(storage, store))));
            }

            @Override
            public void withEvents(String store, Consumer<EventStore> call) {
                call.accept(EventStore.over(storage, store));
            }

            @Override
            public void close() {}
        };
    }

    /** In a directory, which the configuration names. */
    static Place embedded(Path directory) {
        return new Place() {
            @Override
            public ActorSystem system(String store, Config config) {
                return configured(config, Map.of("store", store, "directory", directory.toString()));
            }

            @Override
            public void withEvents(String store, Consumer<EventStore> call) {
                try (Varve varve = Varve.open(directory)) {
                    call.accept(varve.store(store).events());
                }
            }

            @Override
            public void close() {}
        };
    }

    /** In memory behind a server, whose URL the configuration names, and a token, which this server does not ask for. */
    static Place served() {
        Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
        VarveServer server = VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .events(engine.events())
                .records(engine.reservedEntries())
                .start();
        return new Place() {
            @Override
            public ActorSystem system(String store, Config config) {
                String url = server.url().toString();
                return configured(config, Map.of("store", store, "url", url, "token", "not-asked-for"));
            }

            @Override
            public void withEvents(String store, Consumer<EventStore> call) {
                try (Varve varve = Varve.connect(server.url())) {
                    call.accept(varve.store(store).events());
                }
            }

            @Override
            public void close() {
                server.close();
                engine.varve().close();
            }
        };
    }

    private static ActorSystem configured(Config config, Map<String, String> journal) {
        return ActorSystem.create(
                "tests",
                ConfigFactory.parseMap(journal)
                        .atPath("varve-journal")
                        .withFallback(config)
                        .withFallback(COMMON)
                        .withFallback(ConfigFactory.load()));
    }
}
