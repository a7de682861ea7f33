package dev.varve.pekko;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.pekko.dispatch.Futures;
import scala.concurrent.Future;
import scala.concurrent.Promise;

/** Futures of Java for those who take Scala's. */
final class ScalaFutures {

    private ScalaFutures() {}

    /** Fails with what the other one fails with, not with something around it. */
    static <T> Future<T> of(CompletableFuture<T> future) {
        Promise<T> promise = Futures.promise();
        CompletableFuture<T> unused = future.whenComplete((value, failure) -> {
            if (failure == null) {
                promise.success(value);
            } else {
                promise.failure(cause(failure));
            }
        });
        return promise.future();
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
