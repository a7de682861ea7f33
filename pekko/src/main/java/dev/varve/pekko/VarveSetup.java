package dev.varve.pekko;

import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import java.util.function.Function;
import org.apache.pekko.actor.setup.Setup;

/**
 * Hands an actor system the Varve in which its journal and its snapshot store keep what they are given, instead of a URL or a directory in the configuration.
 * Nothing of it is closed with the actor system. Immutable.
 *
 * <pre>{@code
 * Config config = ConfigFactory.load();
 * ActorSystemSetup setup = ActorSystemSetup.create(BootstrapSetup.create(config), VarveSetup.of(varve));
 * ActorSystem system = ActorSystem.create("orders", setup);
 * }</pre>
 */
public final class VarveSetup extends Setup {

    private final Function<String, EventStore> stores;

    private VarveSetup(Function<String, EventStore> stores) {
        this.stores = stores;
    }

    /**
     * The stores of a Varve, embedded or remote.
     *
     * @param varve has the stores that the configuration names; open as long as the actor system runs
     * @return the setup
     */
    public static VarveSetup of(Varve varve) {
        return new VarveSetup(name -> varve.store(name).events());
    }

    /**
     * One event store, whatever the configuration says.
     *
     * @param events usable as long as the actor system runs
     * @return the setup
     */
    public static VarveSetup of(EventStore events) {
        return new VarveSetup(name -> events);
    }

    EventStore events(String store) {
        return stores.apply(store);
    }
}
