package dev.varve.testkit;

import dev.varve.api.Store;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@link dev.varve.api.Entries} and {@link Store} promise to a program, wherever the entries are. Extend it, say how to get
 * at a store, and run it with JUnit.
 */
@Timeout(300)
public abstract class EntriesContract
        implements EntriesWriteRules,
                EntriesConditionRules,
                EntriesRefusalRules,
                EntriesLeaseRules,
                EntriesReadRules,
                EntriesValueRules,
                EntriesPathRules,
                EntriesListingRules,
                EntriesHistoryRules,
                EntriesChangeRules,
                EntriesFileRules,
                StoreRules {

    @RegisterExtension
    final ProbeResolver<EntriesProbe> probes =
            new ProbeResolver<>(EntriesProbe.class, () -> new EntriesProbe(this::store), probe -> close());

    /** For subclasses. */
    protected EntriesContract() {}

    /**
     * A store, which may exist or not. In the beginning of a test none does.
     *
     * @param name the full name
     * @return the store
     */
    protected abstract Store store(String name);

    /** Closes what the stores belong to. Called after every test that asked for a store. */
    protected abstract void close();
}
