package dev.varve.engine.io;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** The machine's randomness. */
public final class SystemRandom {

    private SystemRandom() {}

    /**
     * Randomness that nobody can foresee.
     *
     * @return a generator; thread-safe
     */
    public static RandomGenerator create() {
        return new SecureRandom();
    }
}
