package dev.varve.cli;

import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.server.VarveServer;
import dev.varve.testkit.EventSubscriptionsContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Subscriptions of events of a real server, over a socket, keep the contract, and come back. One server serves all tests, each with stores of
 * its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HttpEventSubscriptionsTest extends EventSubscriptionsContract {

    /** That the clock is moved is no disk that stands still. */
    private static final EngineOptions OPTIONS = new EngineOptions(
            EngineOptions.DEFAULT.journal(),
            new SequencerOptions(64L << 20, Long.MAX_VALUE, 1 << 20, 1 << 20, 2_000_000L, 4),
            EngineOptions.DEFAULT.checkpointBytes(),
            EngineOptions.DEFAULT.blockCacheBytes(),
            EngineOptions.DEFAULT.readMemoryBytes(),
            EngineOptions.DEFAULT.maxIdleStreams(),
            EngineOptions.DEFAULT.diskThreads(),
            EngineOptions.DEFAULT.maxWaitingReads(),
            EngineOptions.DEFAULT.upkeepMillis(),
            EngineOptions.DEFAULT.coldUpkeepMillis(),
            EngineOptions.DEFAULT.history(),
            EngineOptions.DEFAULT.quotas());

    private Path directory = Path.of("");
    private int test;

    @BeforeAll
    void in(@TempDir Path temporary) {
        directory = temporary;
    }

    private final MovedClock clock = new MovedClock();
    private @Nullable Served served;

    /** Moves when it is told to. Thread-safe. */
    private static final class MovedClock implements Clock {
        private final AtomicLong nanos = new AtomicLong(1_700_000_000_000L * 1_000_000);

        @Override
        public long wallMillis() {
            return nanos.get() / 1_000_000;
        }

        @Override
        public long elapsedNanos() {
            return nanos.get();
        }
    }

    /** A server that runs. */
    private record Served(Engine engine, VarveServer server, Varve varve) {

        static Served over(Path directory, Clock clock) {
            Engine engine = Engine.open(directory, OPTIONS, new SystemDisk(), clock, SystemRandom.create());
            VarveServer server = VarveServer.builder()
                    .port(0)
                    .storage(engine.streams())
                    .entries(engine.entries())
                    .events(engine.events())
                    .records(engine.reservedEntries())
                    .start();
            return new Served(engine, server, Varve.connect(server.url()));
        }

        void close() {
            varve.close();
            server.close();
            engine.close();
        }
    }

    private Served served() {
        Served running = served;
        if (running == null) {
            running = Served.over(directory, clock);
            served = running;
        }
        return running;
    }

    @Override
    protected EventStore store(String name) {
        return served().varve().store(name + "-" + test).events();
    }

    @Override
    protected void advance(Duration time) {
        clock.nanos.addAndGet(time.toNanos());
    }

    @Override
    protected void reopen() {
        end();
    }

    @Override
    protected void close() {
        test++;
    }

    @AfterAll
    void end() {
        served().close();
        served = null;
    }
}
