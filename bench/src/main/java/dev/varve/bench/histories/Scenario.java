package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What the clients of one history do. Each method returns what was asked and answered. Thread-safe.
 *
 * @param <Q> the type of requests
 * @param <A> the type of answers
 */
interface Scenario<Q, A> {

    /** Before the others come. */
    List<Operation<Q, A>> prepare(Target<Q, A> target, SplittableRandom random) throws InterruptedException;

    /** One of several at the same time. */
    List<Operation<Q, A>> client(int number, Target<Q, A> target, SplittableRandom random, int operations)
            throws InterruptedException;

    /** After the others went. */
    List<Operation<Q, A>> finish(Target<Q, A> target, SplittableRandom random) throws InterruptedException;

    /** Makes room for the next. What is still under way may leave something behind, which does no harm. */
    void clean(Target<Q, A> target, SplittableRandom random) throws InterruptedException;
}
