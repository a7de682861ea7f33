package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.Aggregates;
import dev.varve.api.Decider;
import dev.varve.api.EventCodec;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.ProjectionRun;
import dev.varve.api.SnapshotQuery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;

/** A decider that says so is the rules of a bean. */
final class AggregatesTest {

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.store=acme/shop", "varve.mode=memory")
            .withConfiguration(
                    AutoConfigurations.of(VarveAutoConfiguration.class, VarveEventStoreAutoConfiguration.class));

    record Sum(int value) {}

    record Counted(int by) {}

    @Component
    @VarveAggregate("counter")
    static class Counter implements Decider<Sum, Integer, Counted> {
        @Override
        public Sum initial() {
            return new Sum(0);
        }

        @Override
        public List<Counted> decide(Integer by, Sum sum) {
            return List.of(new Counted(by));
        }

        @Override
        public Sum evolve(Sum sum, Counted event) {
            return new Sum(sum.value() + event.by());
        }
    }

    record Counters(Aggregates<Sum, Integer, Counted> all) {}

    private static int count(AssertableApplicationContext started, int by) {
        return started.getBean(Counters.class).all().execute("a", by).state().value();
    }

    @Test
    void aggregates_are_injected_by_the_types_of_their_decider() {
        context.withBean(Counter.class).withBean(Counters.class).run(started -> {
            assertThat(count(started, 2)).isEqualTo(2);
            assertThat(count(started, 3)).isEqualTo(5);
            EventStore events = started.getBean(EventStore.class);
            assertThat(events.aggregate(new AggregateId("counter", "a")).version())
                    .isEqualTo(1);
            assertThat(events.fetch(new AggregateId("counter", "a"), EventStore.EMPTY)
                            .events()
                            .get(0)
                            .data()
                            .text())
                    .isEqualTo("{\"by\":2}");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Methods {
        @Bean
        @VarveAggregate("counter")
        Decider<Sum, Integer, Counted> counter() {
            return new Counter();
        }

        @Bean
        Decider<Sum, String, Counted> elsewhere() {
            return Decider.of(new Sum(0), (command, sum) -> List.of(), (sum, event) -> sum);
        }
    }

    @Test
    void the_method_that_makes_a_decider_may_say_so() {
        context.withUserConfiguration(Methods.class).withBean(Counters.class).run(started -> {
            assertThat(count(started, 2)).isEqualTo(2);
            assertThat(started).hasSingleBean(Aggregates.class);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Snapshots {
        @Bean
        @VarveAggregate(value = "counter", snapshotEvery = 2)
        Decider<Sum, Integer, Counted> counter() {
            return new Counter();
        }
    }

    @Test
    void snapshots_are_kept_where_asked_for() {
        context.withUserConfiguration(Snapshots.class).withBean(Counters.class).run(started -> {
            count(started, 2);
            count(started, 3);
            AggregateId counter = new AggregateId("counter", "a");
            EventStore events = started.getBean(EventStore.class);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(events.snapshots(counter, SnapshotQuery.LAST))
                            .hasSize(1));
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Awaiting {
        final List<Integer> seen = new CopyOnWriteArrayList<>();

        @Bean
        @VarveAggregate(value = "counter", awaiting = "seen", awaitMillis = 10_000)
        Decider<Sum, Integer, Counted> counter() {
            return new Counter();
        }

        @Bean
        ProjectionRun.Builder projection(EventStore events) {
            events.append(
                    new AggregateId("other", "1"),
                    ExpectedVersion.any(),
                    NewEvent.json("Began", "{}")); // a store to wait in
            return ProjectionRun.builder(events, "seen", event -> seen.add((int) event.position()))
                    .checkpointEvery(100, Duration.ZERO);
        }
    }

    @Test
    void commands_wait_for_projections_where_asked_for() {
        context.withUserConfiguration(Awaiting.class).withBean(Counters.class).run(started -> {
            assertThat(started.getBean(Counters.class).all().execute("a", 2).reached())
                    .isTrue();
            assertThat(started.getBean(Awaiting.class).seen).containsExactly(0, 1);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnCodec {
        @Bean
        EventCodec<Counted> codec(EventCodec.Payloads payloads) {
            return EventCodec.builder(Counted.class)
                    .type(Counted.class, "counted-up")
                    .payloads(payloads)
                    .build();
        }
    }

    @Test
    void a_codec_of_the_application_goes_before() {
        context.withUserConfiguration(OwnCodec.class)
                .withBean(Counter.class)
                .withBean(Counters.class)
                .run(started -> {
                    count(started, 2);
                    assertThat(started.getBean(EventStore.class)
                                    .fetch(new AggregateId("counter", "a"), EventStore.EMPTY)
                                    .events()
                                    .get(0)
                                    .type())
                            .isEqualTo("counted-up");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnAggregates {
        @Bean
        Aggregates<Sum, Integer, Counted> own(EventStore events, Counter counter) {
            return Aggregates.of(events, "own", counter, EventCodec.of(Counted.class));
        }
    }

    @Test
    void aggregates_of_the_application_go_before() {
        context.withUserConfiguration(OwnAggregates.class)
                .withBean(Counter.class)
                .withBean(Counters.class)
                .run(started -> {
                    count(started, 2);
                    assertThat(started.getBean(EventStore.class)
                                    .aggregate(new AggregateId("own", "a"))
                                    .version())
                            .isZero();
                });
    }

    @Configuration(proxyBeanMethods = false)
    @SuppressWarnings("rawtypes") // that is what is told
    static class Raw {
        @Bean
        @VarveAggregate("counter")
        Decider counter() {
            return new Counter();
        }
    }

    @Test
    void a_decider_that_does_not_say_its_types_is_told_so() {
        context.withUserConfiguration(Raw.class)
                .run(started -> assertThat(started)
                        .getFailure()
                        .hasMessageContainingAll("counter", "Decider<State, Command, Event>"));
    }
}
