package dev.varve.bench.histories;

import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.journal.JournalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A running system that histories are recorded of, and what disturbs it meanwhile. Thread-safe. */
abstract class World implements AutoCloseable {

    private static final long CHECKPOINT_BYTES = 128 << 10;
    private static final int MAX_IDLE_STREAMS = 4;
    private static final double START_SHARE = 4;
    private static final int UPKEEP_MILLIS = 5;
    private static final EngineOptions OPTIONS = EngineOptions.DEFAULT
            .withCheckpointBytes(CHECKPOINT_BYTES)
            .withMaxIdleStreams(MAX_IDLE_STREAMS)
            .withUpkeepMillis(UPKEEP_MILLIS)
            .withBlockCacheBytes(8 << 20)
            .withJournal(JournalOptions.DEFAULTS.withSegmentBytes(4 << 20, 1 << 20));

    final String name;
    final AtomicInteger kills = new AtomicInteger();

    private World(String name) {
        this.name = name;
    }

    abstract Target.Factory<Request, Answer> streams();

    abstract Target.Factory<EntryRequest, EntryAnswer> entries();

    abstract Target.Factory<EventRequest, EventAnswer> events();

    @Override
    public abstract void close();

    /** Opens one by name. */
    static World open(String name, Path directory, double secondsBetweenKills, long seed)
            throws IOException, InterruptedException {
        return switch (name) {
            case "memory" -> new Embedded(name, Engine.inMemory(OPTIONS));
            case "disk" -> new Embedded(name, Engine.open(directory.resolve("disk"), OPTIONS));
            case "server" -> new Server(name, directory.resolve("server"), secondsBetweenKills, seed);
            default -> throw new IllegalArgumentException(name + " is none of memory, disk, server");
        };
    }

    /** An engine in this process, with checkpoints that follow each other and few streams in memory. */
    private static final class Embedded extends World {
        private final Engine engine;

        Embedded(String name, Engine engine) {
            super(name);
            this.engine = engine;
        }

        @Override
        Target.Factory<Request, Answer> streams() {
            return () -> new StorageTarget(engine.streams());
        }

        @Override
        Target.Factory<EntryRequest, EntryAnswer> entries() {
            return () -> new EntryStorageTarget(engine.entries());
        }

        @Override
        Target.Factory<EventRequest, EventAnswer> events() {
            return () -> EventStorageTarget.of(engine);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    /** A server in a process of its own, killed now and then. */
    private static final class Server extends World {
        private final ServerProcess process;
        private final Thread killer;
        private final AtomicInteger clients = new AtomicInteger();
        private volatile boolean closing;

        Server(String name, Path data, double secondsBetweenKills, long seed) throws IOException, InterruptedException {
            super(name);
            this.process = new ServerProcess(
                    Servers.varve(),
                    data,
                    ServerProcess.reservePort(),
                    Map.of(
                            "VARVE_CHECKPOINT_BYTES", Long.toString(CHECKPOINT_BYTES),
                            "VARVE_MAX_IDLE_STREAMS", Integer.toString(MAX_IDLE_STREAMS)),
                    ServerProcess.HTTP);
            var _ = process.start(Map.of());
            this.killer = Thread.ofPlatform()
                    .name("killer")
                    .daemon()
                    .start(() -> kill(secondsBetweenKills, new SplittableRandom(seed)));
        }

        private void kill(double seconds, SplittableRandom random) {
            double least = seconds;
            while (seconds > 0) {
                long pause = (long) (least * (0.5 + random.nextDouble()) * 1e9);
                long until = System.nanoTime() + pause;
                while (System.nanoTime() < until && !closing) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                }
                if (closing) {
                    return;
                }
                try {
                    process.kill();
                    Duration start = process.start(Map.of());
                    // Where starting takes long the server still is there for most of the time.
                    least = Math.max(seconds, START_SHARE * start.toNanos() / 1e9);
                    kills.incrementAndGet();
                } catch (IOException e) {
                    throw new IllegalStateException("the server does not come back", e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }

        @Override
        Target.Factory<Request, Answer> streams() {
            return () -> new HttpTarget(process.port());
        }

        @Override
        Target.Factory<EntryRequest, EntryAnswer> entries() {
            // Every other client writes over a WebSocket.
            return () -> clients.getAndIncrement() % 2 == 0
                    ? new EntryHttpTarget(process.port())
                    : new EntrySocketTarget(process.port());
        }

        @Override
        Target.Factory<EventRequest, EventAnswer> events() {
            return () -> new EventHttpTarget(process.port());
        }

        @Override
        public void close() {
            closing = true;
            try {
                killer.join();
                var _ = process.stop();
            } catch (IOException e) {
                throw new IllegalStateException("the server did not end in order", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                process.close();
            }
        }
    }
}
