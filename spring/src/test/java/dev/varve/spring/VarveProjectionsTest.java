package dev.varve.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Projection;
import dev.varve.api.ProjectionRun;
import dev.varve.api.StoredEvent;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Projections that are beans are at work while the context runs. */
final class VarveProjectionsTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ModelVarve varve = new ModelVarve();
    private final EventStore events = varve.store("acme/shop").events();
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.store=acme/shop")
            .withBean(Varve.class, () -> varve)
            .withConfiguration(AutoConfigurations.of(
                    VarveAutoConfiguration.class,
                    VarveEventStoreAutoConfiguration.class,
                    VarveHealthAutoConfiguration.class,
                    VarveMetricsAutoConfiguration.class));

    private void append(String type) {
        events.append(ORDER, ExpectedVersion.any(), NewEvent.json(type, "{}"));
    }

    private static Health health(ApplicationContext started) {
        return requireNonNull(started.getBean("varveProjectionsHealthIndicator", HealthIndicator.class)
                .health());
    }

    /** Notes what it is told, and fails when it is told to. */
    static final class View implements Projection {
        final List<String> told = new CopyOnWriteArrayList<>();

        @Override
        public void init() {
            told.add("init");
        }

        @Override
        public void handle(StoredEvent event) {
            if (event.type().equals("Bad")) {
                throw new IllegalStateException("it is bad");
            }
            told.add(event.type());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class One {
        final View view = new View();

        @Bean
        ProjectionRun.Builder types(EventStore events) {
            return ProjectionRun.builder(events, "types", view).checkpointEvery(100, Duration.ZERO);
        }
    }

    @Test
    void a_projection_runs_with_the_context_and_goes_on_after_its_checkpoint() {
        append("A");
        context.withUserConfiguration(One.class).run(started -> {
            VarveProjections projections = started.getBean(VarveProjections.class);
            assertThat(projections.names()).containsExactly("types");
            assertThat(projections.run("types").await(0, PATIENCE)).isTrue();
            View view = started.getBean(One.class).view;
            assertThat(view.told).containsExactly("init", "A");

            projections.stop();
            assertThat(projections.isRunning()).isFalse();
            append("B");
            projections.start();
            assertThat(projections.run("types").await(1, PATIENCE)).isTrue();
            assertThat(view.told).containsExactly("init", "A", "B");

            projections.run("types").rebuild();
            assertThat(projections.run("types").await(1, PATIENCE)).isTrue();
            assertThat(view.told).containsExactly("init", "A", "B", "init", "A", "B");
        });
        assertThat(events.checkpoint("types")).isEqualTo(OptionalLong.of(1));
    }

    @Test
    void an_application_without_projections_has_nothing_of_them() {
        context.run(started -> assertThat(started)
                .doesNotHaveBean(VarveProjections.class)
                .doesNotHaveBean(ProjectionMeters.class)
                .doesNotHaveBean("varveProjectionsHealthIndicator"));
    }

    @Test
    void names_that_are_none_are_told() {
        context.withUserConfiguration(One.class)
                .run(started -> assertThatThrownBy(
                                () -> started.getBean(VarveProjections.class).run("other"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("other", "types"));
        context.withUserConfiguration(One.class)
                .withBean(
                        "again", ProjectionRun.Builder.class, () -> ProjectionRun.builder(events, "types", new View()))
                .run(started -> assertThat(started)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("two projections are called types"));
    }

    /** Projections that note when they begin and end, declared in another order than that in which they are to start. */
    @Configuration(proxyBeanMethods = false)
    static class Two {
        final List<String> order = new CopyOnWriteArrayList<>();

        private ProjectionRun.Builder noting(EventStore events, String name) {
            return ProjectionRun.builder(events, name, new Projection() {
                        @Override
                        public void init() {
                            order.add(name);
                        }

                        @Override
                        public void handle(StoredEvent event) {}
                    })
                    .replaying();
        }

        @Bean
        @Order(2)
        ProjectionRun.Builder second(EventStore events) {
            return noting(events, "second");
        }

        @Bean
        @Order(1)
        ProjectionRun.Builder first(EventStore events) {
            return noting(events, "first");
        }

        /** In the phase of a web server. */
        @Bean
        SmartLifecycle server(Two two, VarveProjections projections) {
            return new SmartLifecycle() {
                private boolean running;

                @Override
                public void start() {
                    running = true;
                    two.order.add("server");
                }

                @Override
                public void stop() {
                    running = false;
                    two.order.add(projections.isRunning() ? "server ended first" : "too late");
                }

                @Override
                public boolean isRunning() {
                    return running;
                }

                @Override
                public int getPhase() {
                    return DEFAULT_PHASE - 2048;
                }
            };
        }
    }

    @Test
    void projections_start_in_order_before_a_web_server_and_end_after_it() {
        Two[] two = new Two[1];
        context.withUserConfiguration(Two.class).run(started -> {
            two[0] = started.getBean(Two.class);
            assertThat(two[0].order).containsExactly("first", "second", "server");
            assertThat(started.getBean(VarveProjections.class).names()).containsExactly("first", "second");
        });
        assertThat(two[0].order).endsWith("server ended first");
    }

    @Test
    void one_that_ends_by_itself_is_down_and_seen_in_meters() {
        context.withUserConfiguration(One.class)
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .run(started -> {
                    MeterRegistry registry = started.getBean(MeterRegistry.class);
                    started.getBean(ProjectionMeters.class).bindTo(registry);
                    append("A");
                    ProjectionRun run = started.getBean(VarveProjections.class).run("types");
                    assertThat(run.await(0, PATIENCE)).isTrue();
                    assertThat(health(started).getStatus()).isEqualTo(Status.UP);
                    assertThat(health(started).getDetails()).containsEntry("types", 0L);
                    assertThat(registry.get("varve.projection.position")
                                    .tag("projection", "types")
                                    .gauge()
                                    .value())
                            .isZero();
                    assertThat(registry.get("varve.projection.running").gauge().value())
                            .isEqualTo(1);

                    append("Bad");
                    await().untilAsserted(() ->
                            assertThat(health(started).getStatus()).isEqualTo(Status.DOWN));
                    assertThat(health(started).getDetails().get("types"))
                            .asString()
                            .contains("it is bad");
                    assertThat(registry.get("varve.projection.running").gauge().value())
                            .isZero();
                });
    }

    @Test
    void health_of_projections_can_be_switched_off() {
        context.withUserConfiguration(One.class)
                .withPropertyValues("management.health.varve-projections.enabled=false")
                .run(started -> assertThat(started).doesNotHaveBean("varveProjectionsHealthIndicator"));
    }

    /** Its first beginnings fail. */
    static final class Late implements Projection {
        final AtomicInteger left;
        final ErrorKind kind;

        Late(int failures, ErrorKind kind) {
            this.left = new AtomicInteger(failures);
            this.kind = kind;
        }

        @Override
        public void init() {
            if (left.getAndDecrement() > 0) {
                throw new VarveException(kind, "not now");
            }
        }

        @Override
        public void handle(StoredEvent event) {}
    }

    private ApplicationContextRunner late(Late projection) {
        return context.withBean(
                        "late", ProjectionRun.Builder.class, () -> ProjectionRun.builder(events, "late", projection))
                .withUserConfiguration(One.class);
    }

    @Test
    void a_store_that_cannot_be_reached_is_asked_again_and_the_context_starts() {
        append("A");
        late(new Late(2, ErrorKind.NETWORK)).run(started -> {
            assertThat(started).hasNotFailed();
            VarveProjections projections = started.getBean(VarveProjections.class);
            await().untilAsserted(() -> assertThat(health(started).getStatus()).isEqualTo(Status.UP));
            assertThat(projections.run("late").await(0, PATIENCE)).isTrue();
            assertThat(projections.run("types").await(0, PATIENCE)).isTrue();
        });
    }

    @Test
    void what_will_not_pass_fails_the_context() {
        late(new Late(1, ErrorKind.FORBIDDEN))
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageContaining("not now"));
    }

    @Test
    void a_context_that_ends_waits_for_nobody_who_is_late() {
        late(new Late(Integer.MAX_VALUE, ErrorKind.NETWORK)).run(started -> {
            assertThat(health(started).getStatus()).isEqualTo(Status.DOWN);
            assertThatThrownBy(() -> started.getBean(VarveProjections.class).run("late"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not started yet");
        });
    }
}
