package dev.varve.testkit;

import dev.varve.api.Repository;
import dev.varve.api.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@link Repository} and {@link dev.varve.api.Batch} promise to a program, wherever the entries are. Extend it,
 * say how to get at a store, and run it with JUnit.
 */
@Timeout(300)
public abstract class RepositoryContract
        implements RepositoryReadRules,
                RepositoryListingRules,
                RepositoryPageRules,
                RepositoryFieldRules,
                RepositoryWriteRules,
                RepositoryUpdateRules,
                RepositoryConditionRules,
                RepositoryChangesetRules,
                RepositoryBatchRules,
                RepositoryConcurrencyRules {

    @RegisterExtension
    final ProbeResolver<RepositoryProbe> probes = new ProbeResolver<>(
            RepositoryProbe.class,
            () -> new RepositoryProbe(this::store, this::settle, this::logged),
            probe -> close());

    /** For subclasses. */
    protected RepositoryContract() {}

    /**
     * A store, which may exist or not. In the beginning of a test none does.
     *
     * @param name the full name
     * @return the store
     */
    protected abstract Store store(String name);

    /**
     * Waits until repositories of a store read what others have written to it. As it stands, nothing is waited for: reads ask
     * the storage. A copy hears of what others write a moment later.
     *
     * @param store as {@link #store} gave it
     */
    protected void settle(Store store) {
        // Nothing is late.
    }

    /** Closes what the stores belong to. Called after every test. */
    protected abstract void close();

    /**
     * What the logger called as {@link Repository} is told while something runs. As it stands, of java.util.logging.
     *
     * @param task what runs
     * @return the lines, each after its level and a blank
     */
    protected List<String> logged(Runnable task) {
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getLevel() + " " + line.getMessage());
            }

            @Override
            public void flush() {
                // Nothing is held.
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
        Logger logger = Logger.getLogger(Repository.class.getName());
        boolean toParents = logger.getUseParentHandlers();
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            task.run();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(toParents);
        }
        return lines;
    }
}
