package dev.varve.testkit;

import java.time.Duration;

/**
 * What a test can do to a storage besides calling it. Both may skip the test.
 *
 * @param <S> the storage
 */
interface Bench<S> {

    /** Lets the storage come back with what it has stored. */
    S reopen() throws Exception;

    /** Moves the storage's time. */
    void advance(Duration duration);
}
