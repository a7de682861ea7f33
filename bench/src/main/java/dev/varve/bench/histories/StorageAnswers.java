package dev.varve.bench.histories;

import dev.varve.api.VarveException;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for the answers of storages in this process, for as long as a client is patient. Stateless. */
final class StorageAnswers {

    private static final long TIMEOUT_SECONDS = 150;
    private static final int LITTLE_MICROS = 300;

    private StorageAnswers() {}

    /**
     * What becomes of a request that was sent.
     *
     * @param request as it is told when it fails
     * @throws InterruptedException when the run ends
     */
    static <A> Target.Outcome<A> await(
            CompletableFuture<A> future, Object request, Target.Patience patience, SplittableRandom random)
            throws InterruptedException {
        try {
            if (patience == Target.Patience.FULL) {
                return new Target.Outcome.Answered<>(future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
            }
            return new Target.Outcome.Answered<>(future.get(random.nextInt(LITTLE_MICROS), TimeUnit.MICROSECONDS));
        } catch (TimeoutException e) {
            if (patience == Target.Patience.FULL) {
                throw new IllegalStateException("no answer within " + TIMEOUT_SECONDS + " s to " + request, e);
            }
            return Target.Outcome.open();
        } catch (ExecutionException e) {
            return failed(request, e.getCause());
        }
    }

    private static <A> Target.Outcome<A> failed(Object request, @Nullable Throwable cause) {
        if (cause instanceof VarveException failure) {
            switch (failure.kind()) {
                case OUTCOME_UNKNOWN -> {
                    return Target.Outcome.open();
                }
                case OVERLOADED, UNAVAILABLE -> {
                    return Target.Outcome.notApplied();
                }
                default -> {}
            }
        }
        throw new IllegalStateException(request + " failed: " + cause, cause);
    }
}
