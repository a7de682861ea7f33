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
            if (token.isEmpty()) {
                return Varve.connect(URI.create(url));
            }
            return VarveClient.builder(URI.create(url)).token(() -> token).connect();
        }

        /** Not the token. */
        @Override
        public String toString() {
            return directory.isEmpty() ? url : directory;
        }
    }

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
        String store = plugin.getString("store");
        if (setup.isPresent()) {
            VarveSetup given = setup.get();
            return CompletableFuture.supplyAsync(() -> given.events(store), blocking);
        }
        Place place = new Place(plugin.getString("url"), plugin.getString("token"), plugin.getString("directory"));
        if (store.isEmpty() || place.url.isEmpty() == place.directory.isEmpty()) {
            return CompletableFuture.failedFuture(new ConfigException.Generic(
                    "varve-journal needs a store, organisation/name, and either a url or a directory;"
                            + " or the actor system a VarveSetup"));
        }
        CompletableFuture<Varve> varve =
                open.computeIfAbsent(place, absent -> CompletableFuture.supplyAsync(absent::open, blocking));
        return varve.whenComplete((opened, failure) -> {
                    if (failure != null) {
                        open.remove(place, varve);
                    }
                })
                .thenApply(opened -> opened.store(store).events());
    }
}
