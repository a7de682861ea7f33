package dev.varve.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.varve.api.Store;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What operators see. */
final class HealthAndMetersTest {

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.store=acme/reading")
            .withConfiguration(AutoConfigurations.of(
                    VarveAutoConfiguration.class,
                    VarveHealthAutoConfiguration.class,
                    VarveMetricsAutoConfiguration.class));

    private static Health health(HealthIndicator indicator) {
        return requireNonNull(indicator.health());
    }

    @Test
    void a_store_that_answers_is_up() {
        context.withPropertyValues("varve.mode=memory").run(started -> {
            Health health = health(started.getBean(HealthIndicator.class));
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("store", "acme/reading");
        });
    }

    @Test
    void without_a_store_the_server_is_asked() {
        context.withPropertyValues("varve.store=", "varve.mode=memory")
                .run(started -> assertThat(
                                health(started.getBean(HealthIndicator.class)).getStatus())
                        .isEqualTo(Status.UP));
        context.withPropertyValues("varve.store=", "varve.url=http://127.0.0.1:1", "varve.retry-for=0s")
                .run(started -> assertThat(
                                health(started.getBean(HealthIndicator.class)).getStatus())
                        .isEqualTo(Status.DOWN));
    }

    @Test
    void a_server_that_cannot_be_reached_is_down() {
        context.withPropertyValues("varve.url=http://127.0.0.1:1", "varve.retry-for=0s")
                .run(started -> {
                    Health health = health(started.getBean(HealthIndicator.class));
                    assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health.getDetails().get("error")).asString().contains("VarveException");
                });
    }

    @Test
    void a_server_that_does_not_answer_is_down_after_the_timeout_and_is_not_asked_twice() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        server.start();
        try {
            context.withPropertyValues(
                            "varve.url=http://127.0.0.1:" + server.getAddress().getPort(), "varve.health-timeout=50ms")
                    .run(started -> {
                        HealthIndicator indicator = started.getBean(HealthIndicator.class);
                        assertThat(health(indicator).getDetails()).containsEntry("error", "no answer within 50 ms");
                        assertThat(health(indicator).getStatus()).isEqualTo(Status.DOWN);
                        assertThat(asked).hasValueLessThanOrEqualTo(1); // before it is asked again for its bad answer
                        end.countDown();
                    });
        } finally {
            end.countDown();
            server.stop(0);
        }
    }

    @Test
    void what_is_tried_again_is_counted_by_kind() {
        context.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("varve.url=http://127.0.0.1:1", "varve.retry-for=300ms", "varve.health-timeout=20s")
                .run(started -> {
                    MeterRegistry registry = started.getBean(MeterRegistry.class);
                    started.getBean(MeterBinder.class).bindTo(registry);
                    health(started.getBean(HealthIndicator.class));
                    assertThat(registry.get("varve.client.retries")
                                    .tag("kind", "network")
                                    .counter()
                                    .count())
                            .isPositive();
                });
    }

    @Test
    void an_application_without_them_goes_without() {
        context.withPropertyValues("varve.mode=memory")
                .withClassLoader(new FilteredClassLoader("io.micrometer", "org.springframework.boot.health"))
                .run(started -> {
                    assertThat(started)
                            .hasNotFailed()
                            .doesNotHaveBean("varveHealthIndicator")
                            .doesNotHaveBean("varveMeters");
                    assertThat(started.getBean(Store.class)).isNotInstanceOf(MeteredStore.class);
                });
    }

    @Test
    void an_application_may_have_several_stores() {
        context.withPropertyValues("varve.mode=memory", "varve.store=")
                .withBean("one", Store.class, () -> new ModelVarve().store("acme/one"))
                .withBean("two", Store.class, () -> new ModelVarve().store("acme/two"))
                .run(started -> {
                    Health health = health(started.getBean(HealthIndicator.class));
                    assertThat(health.getStatus()).isEqualTo(Status.UP);
                    assertThat(health.getDetails()).doesNotContainKey("store");
                });
    }

    @Test
    void who_asks_and_is_interrupted_stays_so() {
        context.withPropertyValues("varve.url=http://127.0.0.1:1", "varve.retry-for=1h") // no answer is there before
                .run(started -> {
                    HealthIndicator indicator = started.getBean(HealthIndicator.class);
                    Thread.currentThread().interrupt();
                    assertThat(health(indicator).getStatus()).isEqualTo(Status.DOWN);
                    assertThat(Thread.interrupted()).isTrue();
                });
    }

    @Test
    void health_can_be_switched_off() {
        context.withPropertyValues("varve.mode=memory", "management.health.varve.enabled=false")
                .run(started -> assertThat(started).doesNotHaveBean(HealthIndicator.class));
    }
}
