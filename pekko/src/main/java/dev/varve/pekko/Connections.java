package dev.varve.pekko;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.client.VarveClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;

/**
 * The Varves of one actor system: its journals and snapshot stores share a directory, which only one may hold, and a connection. Closed when
 * the system has terminated. Thread-safe.
 */
final class Connections implements Extension {

    private static final String DEFAULTS = "varve-journal";
    private static final Id ID = new Id();

    private final ActorSystem system;
    private final Optional<VarveSetup> setup;
    private final ConcurrentMap<Place, CompletableFuture<Varve>> open = new ConcurrentHashMap<>();
    private final ConcurrentMap<Events, CompletableFuture<EventStore>> events = new ConcurrentHashMap<>();

    private Connections(ExtendedActorSystem system) {
        this.system = system;
        this.setup = system.settings().setup().get(VarveSetup.class);
        system.registerOnTermination(this::close);
    }

    private static final class Id extends AbstractExtensionId<Connections> {
        @Override
        public Connections createExtension(ExtendedActorSystem system) {
            return new Connections(system);
        }
    }

    static Connections of(ActorSystem system) {
        return ID.get(system);
    }

    /** Where a Varve is: two plug-ins that say the same share one. */
    private record Place(String url, String token, String directory) {

        Varve open() {
            if (!directory.isEmpty()) {
                return Varve.open(Path.of(directory));
            }
            return token.isEmpty() ? Varve.connect(URI.create(url)) : WithToken.connect(URI.create(url), token);
        }

        /** Not the token. */
        @Override
        public String toString() {
            return directory.isEmpty() ? url : directory;
        }
    }

    /** Apart, because it alone needs varve-client to be there. */
    private static final class WithToken {
        static Varve connect(URI url, String token) {
            return VarveClient.builder(url).token(() -> token).connect();
        }
    }

    /** The events of a store. */
    private record Events(Place place, String store) {}

    private void close() {
        for (CompletableFuture<Varve> varve : open.values()) {
            // One that is still being opened is closed as soon as it is open.
            CompletableFuture<Void> unused = varve.thenAccept(Varve::close);
        }
    }

    /** The configuration of a plug-in, with that of the journal where it says nothing. */
    Config complete(Config plugin) {
        return plugin.withFallback(system.settings().config().getConfig(DEFAULTS));
    }

    /**
     * The events that a plug-in is configured to use.
     *
     * @param plugin its configuration, complete
     * @param blocking where to wait for a Varve to open
     * @return fails as {@link Varve#open} and {@link Varve#connect}; then the next call tries again
     */
    CompletableFuture<EventStore> events(Config plugin, Executor blocking) {
        Place place = new Place(plugin.getString("url"), plugin.getString("token"), plugin.getString("directory"));
        Events wanted = new Events(place, plugin.getString("store"));
        return once(
                events,
                wanted,
                () -> setup.map(given -> CompletableFuture.supplyAsync(() -> given.events(wanted.store), blocking))
                        .orElseGet(() -> opened(wanted, blocking)));
    }

    private CompletableFuture<EventStore> opened(Events wanted, Executor blocking) {
        Place place = wanted.place;
        if (wanted.store.isEmpty() || place.url.isEmpty() == place.directory.isEmpty()) {
            return CompletableFuture.failedFuture(new ConfigException.Generic(
                    "varve-journal needs a store, organisation/name, and either a url or a directory;"
                            + " or the actor system a VarveSetup"));
        }
        return once(open, place, () -> CompletableFuture.supplyAsync(place::open, blocking))
                .thenApply(varve -> varve.store(wanted.store).events());
    }

    /** What was made for the key, unless that failed. */
    private static <K, T> CompletableFuture<T> once(
            ConcurrentMap<K, CompletableFuture<T>> made, K key, Supplier<CompletableFuture<T>> make) {
        CompletableFuture<T> known = made.get(key);
        if (known != null && !known.isCompletedExceptionally()) {
            return known;
        }
        return made.compute(
                key, (same, other) -> other == null || other.isCompletedExceptionally() ? make.get() : other);
    }
}
