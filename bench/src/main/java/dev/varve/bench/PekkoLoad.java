package dev.varve.bench;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;

/** What persistent actors of one actor system do, which ends with it. Confined to one thread. */
abstract class PekkoLoad implements Load {

    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final long TIMEOUT_SECONDS = 600;

    private final ActorSystem system;
    private final Histogram latencyNanos = histogram();
    private long cpuNanos;
    private long answers;

    PekkoLoad(ActorSystem system) {
        this.system = system;
    }

    static Histogram histogram() {
        return new Histogram(HIGHEST_NANOS, 3);
    }

    /** Goes on until then; latencies are added to {@link #latencyNanos}. Returns how many answers counted. */
    abstract long turn(long end) throws IOException;

    /** An actor that recovers, from so many events. */
    final ActorRef actor(String id, String event, CompletableFuture<Long> recovered) {
        return system.actorOf(PersistingActor.props(id, event, recovered));
    }

    final void stop(ActorRef actor) {
        system.stop(actor);
    }

    static <T> T await(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no answer for " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public final long run(double seconds) throws IOException {
        long cpuBefore = Work.ownCpuNanos();
        long counted = turn(System.nanoTime() + (long) (seconds * 1e9));
        cpuNanos += Work.ownCpuNanos() - cpuBefore;
        answers += counted;
        return counted;
    }

    /** Processor time that this process took for each answer: a journal does a part of its work here. */
    final double programCpuMicros() {
        return cpuNanos / 1e3 / Math.max(1, answers);
    }

    @Override
    public final void forget() {
        latencyNanos.reset();
        cpuNanos = 0;
        answers = 0;
    }

    @Override
    public final Histogram latencyNanos() {
        return latencyNanos;
    }

    @Override
    public final void close() throws IOException {
        system.terminate();
        await(system.getWhenTerminated().toCompletableFuture());
    }
}
