package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who was told by a write that a stream has expired does not meet it again. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class StreamsExpiryTest {

    private static final AppendRequest APPEND = AppendRequest.of("log", "text/plain", "late".getBytes(UTF_8));

    @TempDir
    private Path data;

    private final AtomicBoolean diskFails = new AtomicBoolean();

    private static Stream<Function<Engine, CompletableFuture<?>>> writes() {
        return Stream.of(
                engine -> engine.streams().append(APPEND),
                engine -> engine.streams().appendAll(List.of(APPEND)),
                engine -> engine.streams().delete("log"));
    }

    /** Nothing of the expiry reaches the disk here, so either the write is not answered or the stream would be back. */
    @ParameterizedTest
    @MethodSource("writes")
    void a_refusal_waits_until_the_expiry_is_on_disk(Function<Engine, CompletableFuture<?>> write) {
        TestClock clock = new TestClock();
        Engine engine = Engine.open(data, withoutUpkeep(), failingDisk(), clock, SystemRandom.create());
        StreamConfig config = StreamConfig.of("text/plain").withTtlSeconds(10L);
        engine.streams().create(CreateRequest.of("log", config)).join();
        clock.advance(Duration.ofSeconds(11));
        diskFails.set(true);
        assertThat(write.apply(engine))
                .failsWithin(Duration.ofMinutes(1))
                .withThrowableThat()
                .withCauseInstanceOf(VarveException.class);
        diskFails.set(false);
        close(engine);

        try (Engine again = TestEngines.onDisk(data, withoutUpkeep(), clock)) {
            assertThat(again.streams().metadata("log").join()).isInstanceOf(StreamMetadata.class);
            clock.advance(Duration.ofSeconds(11));
            write.apply(again).join();
        }
        try (Engine afterwards = TestEngines.onDisk(data, withoutUpkeep(), clock)) {
            assertThat(afterwards.streams().metadata("log").join()).isInstanceOf(Refusal.class);
        }
    }

    private static void close(Engine poisoned) {
        try {
            poisoned.close();
        } catch (VarveException e) {
            // It has failed already.
        }
    }

    private Disk failingDisk() {
        SystemDisk disk = new SystemDisk();
        return (Disk) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    Object result = call(disk, method, arguments);
                    return result instanceof DiskFile file ? failing(file) : result;
                });
    }

    private DiskFile failing(DiskFile file) {
        return (DiskFile) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DiskFile.class}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("write") && diskFails.get()) {
                        throw new IOException("the disk fails, says the test");
                    }
                    return call(file, method, arguments);
                });
    }

    private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static EngineOptions withoutUpkeep() {
        EngineOptions usual = TestEngines.OPTIONS;
        return new EngineOptions(
                usual.journal(),
                usual.sequencer(),
                usual.checkpointBytes(),
                usual.blockCacheBytes(),
                usual.readMemoryBytes(),
                usual.maxIdleStreams(),
                usual.diskThreads(),
                usual.maxWaitingReads(),
                Duration.ofDays(1).toMillis(),
                Duration.ofDays(1).toMillis(),
                HistoryPolicy.DEFAULT,
                StoreQuotas.NONE);
    }
}
