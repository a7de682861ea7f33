package dev.varve.api;

import dev.varve.api.spi.Backoff;
import org.jspecify.annotations.Nullable;

/**
 * An append that is made again with the same event ids for as long as nobody knows whether it was made: it has its effect once, and in the
 * end mostly an answer.
 */
final class CertainAppend {

    /** How often it is made at most, over some ten seconds. */
    private static final int ATTEMPTS = 8;

    private CertainAppend() {}

    /** Throws the failure after which nobody knew, when it stays so. */
    static EventAppendResult append(EventStore events, EventAppend append) {
        Backoff backoff = new Backoff();
        VarveException unknown = null;
        for (int attempt = 1; ; attempt++) {
            try {
                return events.tryAppend(append);
            } catch (VarveException e) {
                unknown = unknownAfter(unknown, e);
                boolean mayHelp = e.outcomeUnknown() || e.retryable();
                if (!mayHelp || attempt == ATTEMPTS || !sleeps(backoff, e)) {
                    throw unknown;
                }
            }
        }
    }

    /** Once nobody knows what became of one attempt, a later one that was not made says nothing about it. */
    private static VarveException unknownAfter(@Nullable VarveException unknown, VarveException next) {
        if (unknown != null) {
            unknown.addSuppressed(next);
            return unknown;
        }
        if (next.outcomeUnknown()) {
            return next;
        }
        throw next;
    }

    private static boolean sleeps(Backoff backoff, VarveException failure) {
        try {
            Thread.sleep(backoff.next(failure.retryAfter()).toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
