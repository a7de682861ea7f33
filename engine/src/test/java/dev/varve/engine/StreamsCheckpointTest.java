package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Offset;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

    private static Offset earliest(Engine engine) {
        return ((StreamMetadata) engine.streams().metadata("log").join()).earliest();
    }
}
