package dev.varve.pekko;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.CapabilityFlag;
import org.apache.pekko.persistence.japi.snapshot.JavaSnapshotStoreSpec;
import org.apache.pekko.persistence.snapshot.SnapshotStoreSpec$;
import org.jspecify.annotations.Nullable;

/** Pekko's suite of the snapshot store. Made by its runner. */
public final class SnapshotSuite extends JavaSnapshotStoreSpec {

    private @Nullable ActorSystem system;

    public SnapshotSuite() {
        super(Place.COMMON);
    }

    /** Asked for before the constructor of this class runs. */
    @Override
    public synchronized ActorSystem system() {
        ActorSystem started = system;
        if (started == null) {
            started = SuiteRun.system(config().withFallback(SnapshotStoreSpec$.MODULE$.config()));
            system = started;
        }
        return started;
    }

    @Override
    public CapabilityFlag supportsMetadata() {
        return CapabilityFlag.on();
    }
}
