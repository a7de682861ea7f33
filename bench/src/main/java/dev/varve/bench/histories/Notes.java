package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What the clients of one history share to note what they ask and when. Thread-safe. */
final class Notes {

    private static final long LONGEST_SILENCE_NANOS = 300_000_000_000L;

    /** Stands before every name. */
    final String prefix;

    private final long beganNanos = System.nanoTime();

    /** Read at every invocation and every return: what returned at a lower reading came before. */
    private final AtomicLong clock = new AtomicLong();

    private volatile long lastAnswerNanos = beganNanos;

    Notes(String prefix) {
        this.prefix = prefix;
    }

    /** Asks once and notes it, unless it never had an effect. */
    <Q, A> Target.Outcome<A> ask(
            int client,
            Target<Q, A> target,
            Q request,
            Target.Patience patience,
            SplittableRandom random,
            List<Operation<Q, A>> done)
            throws InterruptedException {
        long invoked = now();
        Target.Outcome<A> outcome = target.call(prefix, request, patience, random);
        long returned = now();
        heard(outcome);
        switch (outcome) {
            case Target.Outcome.Answered<A>(A answer) ->
                done.add(new Operation<>(client, invoked, returned, request, answer));
            case Target.Outcome.Open<A> _ -> done.add(new Operation<>(client, invoked, Operation.OPEN, request, null));
            case Target.Outcome.NotApplied<A> _ -> {}
        }
        return outcome;
    }

    /** Asks until there is an answer, notes nothing. */
    <Q, A> A insist(Target<Q, A> target, Q request, SplittableRandom random) throws InterruptedException {
        while (true) {
            Target.Outcome<A> outcome = target.call(prefix, request, Target.Patience.FULL, random);
            heard(outcome);
            if (outcome instanceof Target.Outcome.Answered<A>(A answer)) {
                return answer;
            }
        }
    }

    /** Nanoseconds since the history began, the same never twice. */
    private long now() {
        return clock.accumulateAndGet(System.nanoTime() - beganNanos, (before, nanos) -> Math.max(before + 1, nanos));
    }

    /** Notes that a request was answered, or not. A system that answers nothing any more is a finding of its own. */
    private void heard(Target.Outcome<?> outcome) {
        if (outcome instanceof Target.Outcome.Answered) {
            lastAnswerNanos = System.nanoTime();
        } else if (System.nanoTime() - lastAnswerNanos > LONGEST_SILENCE_NANOS) {
            throw new IllegalStateException(
                    "nothing was answered any more for " + LONGEST_SILENCE_NANOS / 1_000_000_000 + " s");
        }
    }
}
