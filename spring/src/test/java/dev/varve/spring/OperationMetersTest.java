package dev.varve.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.varve.api.AppendRequest;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.Offset;
import dev.varve.api.Precondition;
import dev.varve.api.RefusedException;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.spring.reading.Link;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;

/** What an application does with records and streams is timed, by how it ended. */
final class OperationMetersTest {

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.mode=memory", "varve.store=acme/reading")
            .withConfiguration(
                    AutoConfigurations.of(VarveAutoConfiguration.class, VarveMetricsAutoConfiguration.class));

    private void run(ContextConsumer<AssertableApplicationContext> test) {
        context.run(started -> {
            started.getBean(MeterBinder.class).bindTo(registry);
            test.accept(started);
        });
    }

    private long count(String operation, String transport, String outcome) {
        Timer timer = registry.find("varve.operations")
                .tags("operation", operation, "transport", transport, "outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }

    @Test
    void records_are_read_and_written() {
        run(started -> {
            Repository<Link> links = started.getBean(Store.class).repository(Link.class);
            links.insert(new Link("dust", "Dust"));
            assertThat(links.find("dust")).isPresent();
            assertThat(links.find("absent")).isEmpty();
            assertThat(links.exists("dust")).isTrue();
            assertThat(links.all()).hasSize(1);
            assertThat(count("records.write", "embedded", "ok")).isEqualTo(1);
            assertThat(count("records.read", "embedded", "ok")).isEqualTo(2);
            assertThat(count("records.exists", "embedded", "ok")).isEqualTo(1);
            assertThat(count("records.list", "embedded", "ok")).isEqualTo(1);
        });
    }

    @Test
    void what_is_refused_stands_under_the_kind_that_the_program_is_told() {
        run(started -> {
            Varve varve = started.getBean(Varve.class);
            Repository<Link> links = varve.repository(Link.class);
            Link link = new Link("dust", "Dust");
            links.insert(link, Precondition.ifAbsent());
            assertThatThrownBy(() -> links.insert(link, Precondition.ifAbsent()))
                    .isInstanceOf(EntryRefusedException.class)
                    .hasMessageContaining("refused");
            assertThat(count("records.write", "embedded", "conflict")).isEqualTo(1);
            Store store = varve.store("acme/other");
            store.create();
            store.archive();
            assertThatThrownBy(() -> store.batch()
                            .insert(store.repository(Link.class), link)
                            .commit())
                    .isInstanceOf(VarveException.class);
            assertThat(count("records.write", "embedded", "closed")).isEqualTo(1);
        });
    }

    @Test
    void what_fails_stands_under_its_kind_and_the_transport_that_was_in_use() {
        context.withPropertyValues("varve.mode=remote", "varve.url=http://127.0.0.1:1", "varve.retry-for=0s")
                .run(started -> {
                    started.getBean(MeterBinder.class).bindTo(registry);
                    Varve varve = started.getBean(Varve.class);
                    assertThatThrownBy(() -> varve.repository(Link.class).find("dust"))
                            .isInstanceOf(VarveException.class);
                    assertThatThrownBy(() -> varve.streams().find("log")).isInstanceOf(VarveException.class);
                    CompletableFuture<?> appended =
                            varve.streams().appendAsync(AppendRequest.of("log", "text/plain", "a".getBytes(UTF_8)));
                    await().until(appended::isCompletedExceptionally);
                    assertThat(count("records.read", "http", "network")).isEqualTo(1);
                    assertThat(count("streams.find", "http", "network")).isEqualTo(1);
                    await().untilAsserted(() -> assertThat(count("streams.append", "http", "network"))
                            .isEqualTo(1));
                });
    }

    @Test
    void streams_are_read_and_written_also_by_what_is_made_of_them() {
        run(started -> {
            Streams streams = started.getBean(Varve.class).streams();
            streams.create("log", StreamConfig.of("text/plain"));
            streams.append("log", "a".getBytes(UTF_8));
            assertThatThrownBy(() -> streams.append("absent", "a".getBytes(UTF_8)))
                    .isInstanceOf(RefusedException.class);
            assertThat(streams.read("log", Offset.BEGINNING).data().remaining()).isEqualTo(1);
            assertThat(streams.currentOffset("log")).isPresent();
            streams.appendAll(List.of(AppendRequest.of("log", "application/json", "{}".getBytes(UTF_8))));
            CompletableFuture<?> unused =
                    streams.appendAsync(AppendRequest.of("log", "application/json", "{}".getBytes(UTF_8)));
            assertThat(count("streams.create", "embedded", "ok")).isEqualTo(1);
            assertThat(count("streams.append", "embedded", "ok")).isEqualTo(1);
            assertThat(count("streams.append", "embedded", "not_found")).isEqualTo(1);
            assertThat(count("streams.read", "embedded", "ok")).isEqualTo(1);
            assertThat(count("streams.find", "embedded", "ok")).isEqualTo(1);
            assertThat(count("streams.append_all", "embedded", "content_type_mismatch"))
                    .isEqualTo(1);
            await().untilAsserted(() -> assertThat(count("streams.append", "embedded", "content_type_mismatch"))
                    .isEqualTo(1));
        });
    }

    @Test
    void a_mistake_of_the_program_is_no_operation() {
        run(started -> {
            Store store = started.getBean(Store.class);
            assertThatThrownBy(() -> store.transport().page(EntryPattern.ALL, null, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(registry.getMeters()).isEmpty();
        });
    }
}
