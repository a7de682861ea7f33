package dev.varve.testkit;

import dev.varve.api.StreamStorage;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every {@link StreamStorage} promises, as tests: the rules below, and agreement with {@link ModelStreamStorage}
 * over random operations. Extend it, say how to open a storage, and run it with JUnit.
 *
 * <p>A test of a capability that the storage does not declare is skipped by that name; one that needs time to pass or
 * a storage to come back is skipped when {@link #advance} or {@link #reopen} is not overridden. Everything else must
 * pass.
 */
@Timeout(300)
public abstract class StreamStorageContract
        implements StreamStorageRules,
                StreamCreationRules,
                StreamAppendRules,
                StreamJsonRules,
                StreamReadRules,
                StreamClosingRules,
                StreamDeletionRules,
                StreamProducerRules,
                StreamExpiryRules,
                StreamForkRules,
                StreamRetentionRules,
                StreamAtomicAppendRules,
                StreamListingRules,
                StreamListenerRules,
                StreamReservedRules,
                StreamConcurrencyRules,
                StreamReopeningRules,
                StreamModelRules {

    @RegisterExtension
    final ProbeResolver<StreamProbe> probes = new ProbeResolver<>(StreamProbe.class, this::probe, StreamProbe::close);

    /** For subclasses. */
    protected StreamStorageContract() {}

    private StreamProbe probe() throws Exception {
        return new StreamProbe(open(), new Bench<>() {
            @Override
            public StreamStorage reopen() throws Exception {
                return StreamStorageContract.this.reopen();
            }

            @Override
            public void advance(Duration duration) {
                StreamStorageContract.this.advance(duration);
            }
        });
    }

    /**
     * Opens a storage without streams. Called once per test; the storage is closed after it.
     *
     * @return an empty storage
     * @throws Exception when it cannot be opened
     */
    protected abstract StreamStorage open() throws Exception;

    /**
     * Closes the storage that was opened last, or lets it crash, and opens what it has stored. Every answered write
     * must be there, and a lifetime starts anew.
     *
     * @return the storage as it comes back
     * @throws Exception when it cannot be opened
     */
    protected StreamStorage reopen() throws Exception {
        return Assumptions.abort("this storage keeps nothing when it is closed");
    }

    /**
     * Moves the time of the storage that was opened last. It must stand still otherwise.
     *
     * @param duration how far, positive
     */
    protected void advance(Duration duration) {
        Assumptions.abort("the time of this storage cannot be moved");
    }
}
