package dev.varve.cli;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How long tests wait for what must come: so long that a busy machine never decides. */
final class Patience {
    static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(2);

    private Patience() {}

    static ConditionFactory await() {
        return Awaitility.await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(POLL);
    }
}
