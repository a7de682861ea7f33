package dev.varve.testkit;

import dev.varve.api.Streams;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@link Streams} promise to a program that writes many items or follows, wherever the streams are. Extend it, say how to get
 * at streams, and run it with JUnit.
 */
@Timeout(300)
public abstract class StreamsContract implements StreamsProducerRules, StreamsTypedRules, StreamsFollowRules {

    @RegisterExtension
    final ProbeResolver<StreamsProbe> probes =
            new ProbeResolver<>(StreamsProbe.class, () -> new StreamsProbe(streams()), probe -> close());

    /** For subclasses. */
    protected StreamsContract() {}

    /**
     * Streams of which none exists in the beginning of a test.
     *
     * @return the streams
     */
    protected abstract Streams streams();

    /** Closes what the streams belong to. Called after every test. */
    protected abstract void close();
}
