package dev.varve.bench;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.streams.EngineStreamStorage;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The whole way of a write, and of a read, through an engine in memory: all but network and disk. Confined to one thread.
 * The engine is a new one for each iteration, for what is appended stays.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first
public class EngineBenchmark {

    private static final int STREAMS = 64;
    private static final int MESSAGE_BYTES = 256;
    private static final int READ_BYTES = 4 << 20;
    private static final int PAGE_BYTES = 1 << 20;

    private Engine engine;
    private EngineStreamStorage storage;
    private final AppendRequest[] appends = new AppendRequest[STREAMS];

    /** Opens an engine with streams to append to and one to read. */
    @Setup(Level.Iteration)
    public void open() {
        engine = Engine.inMemory(EngineOptions.DEFAULT);
        storage = engine.streams();
        StreamConfig config = StreamConfig.of("application/octet-stream");
        for (int i = 0; i < STREAMS; i++) {
            storage.create(CreateRequest.of("stream-" + i, config)).join();
            appends[i] = AppendRequest.of("stream-" + i, "application/octet-stream", bytes());
        }
        storage.create(CreateRequest.of("read", config)).join();
        AppendRequest message = AppendRequest.of("read", "application/octet-stream", bytes());
        for (int i = 0; i < READ_BYTES / MESSAGE_BYTES; i++) {
            CompletableFuture<?> appended = storage.append(message);
            storage.runPending();
            appended.join();
        }
    }

    private static byte[] bytes() {
        return new byte[MESSAGE_BYTES];
    }

    /** Closes it. */
    @TearDown(Level.Iteration)
    public void close() {
        engine.close();
    }

    /** One append of 256 bytes in a group of 64, each to another stream, committed by the thread that brought them. */
    @Benchmark
    @OperationsPerInvocation(STREAMS)
    public Object append() {
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (AppendRequest append : appends) {
            last = storage.append(append);
        }
        storage.runPending();
        return last.join();
    }

    /** One page of 1 MiB, gathered from 4,096 appends by a thread of the pool. */
    @Benchmark
    public Object page() {
        return storage.read("read", Offset.BEGINNING, PAGE_BYTES).join();
    }
}
