package dev.varve.spring;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Times operations by how they ended. What may stand in a tag is a constant of an enum, so there are never more timers than
 * operations, transports and kinds of errors make together. Thread-safe.
 */
final class OperationTimers {

    private static final String NAME = "varve.operations";

    /** Which timer: the outcome is null when all went well. */
    private record Of(
            Operation operation,
            Transport.Kind transport,
            @Nullable ErrorKind outcome) {}

    /** A registry with the timers that were needed so far, which are dear to look up there. */
    private record Registered(MeterRegistry registry, Map<Of, Timer> timers) {

        Timer timer(Of which) {
            return timers.computeIfAbsent(which, this::register);
        }

        private Timer register(Of which) {
            ErrorKind outcome = which.outcome();
            return Timer.builder(NAME)
                    .description("Calls of repositories, batches and streams")
                    .tag("operation", which.operation().tag())
                    .tag("transport", which.transport().wireName())
                    .tag("outcome", outcome == null ? "ok" : outcome.wireName())
                    .register(registry);
        }
    }

    private final List<Registered> registries = new CopyOnWriteArrayList<>();

    void bindTo(MeterRegistry registry) {
        registries.add(new Registered(registry, new ConcurrentHashMap<>()));
    }

    /** Makes a call that ends well unless it throws. */
    <T> T timed(Operation operation, Transport.Kind transport, Supplier<T> call) {
        return timed(operation, transport, call, result -> null);
    }

    /**
     * Makes a call.
     *
     * @param refusal tells from a result why it was refused, or null when it was not
     */
    <T> T timed(
            Operation operation, Transport.Kind transport, Supplier<T> call, Function<T, @Nullable ErrorKind> refusal) {
        long begun = System.nanoTime();
        T result;
        try {
            result = call.get();
        } catch (VarveException e) {
            ended(operation, transport, begun, e.kind());
            throw e;
        }
        ended(operation, transport, begun, refusal.apply(result));
        return result;
    }

    /** Notes a call that began at a time of {@link System#nanoTime} and has ended now. */
    void ended(Operation operation, Transport.Kind transport, long begun, @Nullable ErrorKind outcome) {
        long nanos = System.nanoTime() - begun;
        for (Registered registered : registries) {
            registered.timer(new Of(operation, transport, outcome)).record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Notes a call that has failed, unless the fault is the program's: only a {@link VarveException} tells something of the storage.
     */
    void failed(Operation operation, Transport.Kind transport, long begun, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof VarveException known) {
            ended(operation, transport, begun, known.kind());
        }
    }
}
