package dev.varve.testkit;

import dev.varve.api.Varve;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every {@link dev.varve.api.TransactionStorage} promises, as tests: the rules below, and agreement with the models of all faces over
 * random transactions. Extend it, say how to get at a Varve, and run it with JUnit: the same tests are for an engine and for what reaches
 * it over a network. Each test has a store of its own.
 *
 * <p>Only what needs the data to come back is skipped when {@link #reopen} is not overridden. Everything else must pass.
 */
@Timeout(300)
public abstract class TransactionContract
        implements TransactionCommitRules,
                TransactionRefusalRules,
                TransactionKeyRules,
                TransactionRaceRules,
                TransactionTellingRules,
                TransactionModelRules {

    @RegisterExtension
    final ProbeResolver<TransactionProbe> probes = new ProbeResolver<>(
            TransactionProbe.class, () -> new TransactionProbe(this::varve, this::reopen), probe -> close());

    /** For subclasses. */
    protected TransactionContract() {}

    /**
     * What is under test.
     *
     * @return the same until {@link #reopen} or {@link #close}
     */
    protected abstract Varve varve();

    /** Is told that a test has ended which asked for a Varve. */
    protected abstract void close();

    /** Closes the Varve, or lets it crash, and opens what it has stored. Every answered write must be there; {@link #varve} is asked again. */
    protected void reopen() {
        Assumptions.abort("this Varve keeps nothing when it is closed");
    }
}
