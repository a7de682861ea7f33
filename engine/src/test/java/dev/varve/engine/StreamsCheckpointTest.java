package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.spi.MetricSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a checkpoint may not change. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class StreamsCheckpointTest {

    @Test
    void messages_that_went_into_the_state_together_go_by_their_own_age() throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            StreamConfig config = StreamConfig.of("text/plain").withRetention(new Retention(100L, null, null));
            engine.streams().create(CreateRequest.of("log", config)).join();
            engine.streams()
                    .append(AppendRequest.of("log", "text/plain", "old".getBytes(UTF_8)))
                    .join();
            clock.advance(Duration.ofSeconds(60));
            engine.streams()
                    .append(AppendRequest.of("log", "text/plain", "young".getBytes(UTF_8)))
                    .join();
            assertThat(engine.checkpoint().join()).isTrue();

            clock.advance(Duration.ofSeconds(60));

            while (!earliest(engine).equals(Offset.at(3))) {
                Thread.sleep(5);
            }
        }
    }

    @Test
    void the_data_of_many_streams_is_joined_in_the_right_order() {
        int streams = 100;
        int rounds = 200;
        Random random = new Random(7);
        Map<String, StringBuilder> expected = new TreeMap<>();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            for (int i = 0; i < streams; i++) {
                engine.streams()
                        .create(CreateRequest.of("s" + i, StreamConfig.of("text/plain")))
                        .join();
            }
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < streams; i++) {
                    // Some have much more than others, and some appends are larger than what is read in one go.
                    if (random.nextInt(streams) >= i) {
                        String text = i + "/" + round + (random.nextInt(500) == 0 ? "x".repeat(200_000) : ";");
                        expected.computeIfAbsent("s" + i, path -> new StringBuilder())
                                .append(text);
                        engine.streams()
                                .append(AppendRequest.of("s" + i, "text/plain", text.getBytes(UTF_8)))
                                .join();
                    }
                }
            }
            assertThat(engine.checkpoint().join()).isTrue();
            expected.forEach((path, text) ->
                    assertThat(everything(engine, path)).as(path).isEqualTo(text.toString()));
        }
    }

    @Test
    void the_journal_is_read_once_however_much_was_appended(@TempDir Path directory) {
        int streams = 40;
        int rounds = 1_200;
        byte[] data = new byte[512];
        AtomicLong read = new AtomicLong();
        try (Engine engine = Engine.open(
                directory, TestEngines.OPTIONS, countingReads(read), new TestClock(), SystemRandom.create())) {
            List<CompletableFuture<?>> done = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                done.add(engine.streams().create(CreateRequest.of("s" + i, StreamConfig.of("text/plain"))));
            }
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < streams; i++) {
                    done.add(engine.streams().append(AppendRequest.of("s" + i, "text/plain", data)));
                }
            }
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).join();
            read.set(0);

            assertThat(engine.checkpoint().join()).isTrue();

            long appended = (long) rounds * streams * data.length;
            assertThat(read.get()).isBetween(appended, appended * 3 / 2);
        }
    }

    /** The machine's disk, which counts the bytes that are read of segments. */
    private static Disk countingReads(AtomicLong bytes) {
        SystemDisk disk = new SystemDisk();
        return proxy(Disk.class, (method, arguments) -> {
            Object result = method.invoke(disk, arguments);
            if (!(result instanceof DiskFile file) || !arguments[0].toString().contains(".segment")) {
                return result;
            }
            return proxy(DiskFile.class, (called, given) -> {
                Object answer = called.invoke(file, given);
                if (called.getName().equals("read")) {
                    bytes.addAndGet((Integer) answer);
                }
                return answer;
            });
        });
    }

    private interface Calls {
        Object call(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Calls calls) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    try {
                        return calls.call(method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Test
    void many_changed_streams_are_reason_enough_for_a_checkpoint() throws InterruptedException {
        EngineOptions few = TestEngines.OPTIONS.withMaxIdleStreams(1);
        try (Engine engine = Engine.inMemory(few, new TestClock())) {
            for (int i = 0; i < 20_000; i++) {
                engine.streams()
                        .create(CreateRequest.of("s" + i, StreamConfig.of("text/plain")))
                        .join();
            }
            while (checkpoints(engine) == 0) {
                Thread.sleep(5);
            }
        }
    }

    private static double checkpoints(Engine engine) {
        Map<String, Double> counters = new TreeMap<>();
        engine.report(new MetricSource.Sink() {
            @Override
            public void counter(String name, String help, double value) {
                counters.put(name, value);
            }

            @Override
            public void gauge(String name, String help, double value) {}

            @Override
            public void histogram(String name, String help, double[] upperBounds, long[] counts, double sum) {}
        });
        return counters.getOrDefault("checkpoints", 0.0);
    }

    private static String everything(Engine engine, String path) {
        StringBuilder all = new StringBuilder();
        Offset from = Offset.BEGINNING;
        while (true) {
            ReadResult.Page page =
                    (ReadResult.Page) engine.streams().read(path, from, 1 << 20).join();
            all.append(UTF_8.decode(page.data()));
            if (!page.hasMore()) {
                return all.toString();
            }
            from = page.next();
        }
    }

    private static Offset earliest(Engine engine) {
        return ((StreamMetadata) engine.streams().metadata("log").join()).earliest();
    }
}
