package dev.varve.testkit;

import dev.varve.api.EntryStorage;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every {@link EntryStorage} promises, as tests: the rules below, and agreement with {@link ModelEntryStorage} over
 * random operations. Extend it, say how to open a storage, and run it with JUnit.
 *
 * <p>A test that needs time to pass or a storage to come back is skipped when {@link #advance} or {@link #reopen} is not
 * overridden. Everything else must pass.
 */
@Timeout(300)
public abstract class EntryStorageContract
        implements EntryStoreRules,
                EntryCountRules,
                EntryCloneRules,
                EntryOpRules,
                EntryConditionRules,
                EntrySubtreeRules,
                EntryBatchRules,
                EntryLeaseRules,
                EntryReadRules,
                EntryListingRules,
                EntryEventRules,
                EntryFileRules,
                EntryHistoryRules,
                EntryLimitRules,
                EntryConcurrencyRules,
                EntryModelRules {

    @RegisterExtension
    final ProbeResolver<EntryProbe> probes = new ProbeResolver<>(EntryProbe.class, this::probe, probe -> close());

    /** For subclasses. */
    protected EntryStorageContract() {}

    private EntryProbe probe() throws Exception {
        return new EntryProbe(open(), new Bench<>() {
            @Override
            public EntryStorage reopen() throws Exception {
                return EntryStorageContract.this.reopen();
            }

            @Override
            public void advance(Duration duration) {
                EntryStorageContract.this.advance(duration);
            }
        });
    }

    /**
     * Opens a storage without stores. Called once per test.
     *
     * @return an empty storage
     * @throws Exception when it cannot be opened
     */
    protected abstract EntryStorage open() throws Exception;

    /** Closes the storage that was opened last. Called after every test that opened one. */
    protected abstract void close();

    /**
     * Closes the storage that was opened last, or lets it crash, and opens what it has stored. Every answered write
     * must be there.
     *
     * @return the storage as it comes back
     * @throws Exception when it cannot be opened
     */
    protected EntryStorage reopen() throws Exception {
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
