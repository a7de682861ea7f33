package dev.varve.testkit;

import dev.varve.api.Store;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@link dev.varve.api.Repository} and {@link dev.varve.api.Batch} promise to a program, wherever the entries are. Extend it,
 * say how to get at a store, and run it with JUnit.
 */
@Timeout(300)
public abstract class RepositoryContract
        implements RepositoryReadRules,
                RepositoryListingRules,
                RepositoryWriteRules,
                RepositoryUpdateRules,
                RepositoryConditionRules,
                RepositoryBatchRules,
                RepositoryConcurrencyRules {

    @RegisterExtension
    final ProbeResolver<RepositoryProbe> probes =
            new ProbeResolver<>(RepositoryProbe.class, () -> new RepositoryProbe(this::store), probe -> close());

    /** For subclasses. */
    protected RepositoryContract() {}

    /**
     * A store, which may exist or not. In the beginning of a test none does.
     *
     * @param name the full name
     * @return the store
     */
    protected abstract Store store(String name);

    /** Closes what the stores belong to. Called after every test. */
    protected abstract void close();
}
