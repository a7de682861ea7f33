package dev.varve.server;

import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** The machine's randomness, one generator per thread. Thread-safe. */
final class SharedRandom implements RandomGenerator {

    @Override
    public long nextLong() {
        return ThreadLocalRandom.current().nextLong();
    }
}
