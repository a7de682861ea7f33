package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.RecordEvent;
import dev.varve.api.Repository;
import dev.varve.api.Varve;
import dev.varve.spring.reading.Link;
import dev.varve.spring.reading.Note;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** Changes of records are application events. */
final class RecordEventsTest {

    private final ModelVarve varve = new ModelVarve();
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withBean(Varve.class, () -> varve)
            .withPropertyValues("varve.store=acme/reading")
            .withUserConfiguration(Application.class)
            .withConfiguration(AutoConfigurations.of(
                    VarveAutoConfiguration.class,
                    VarveRepositoriesAutoConfiguration.class,
                    VarveEventsAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    @EnableVarveRepositories(basePackageClasses = Link.class)
    static class Application {}

    @SuppressWarnings("unchecked")
    private static <T extends Record> Repository<T> repository(ApplicationContext started, Class<T> type) {
        String name = type.getSimpleName().toLowerCase(Locale.ROOT) + "Repository";
        return (Repository<T>) started.getBean(name, Repository.class);
    }

    /** Listens to links, in every way. */
    static final class Links {
        final List<Object> told = new CopyOnWriteArrayList<>();
        final List<Object> both = new CopyOnWriteArrayList<>();

        @EventListener
        void on(RecordEvent.Upserted<Link> event) {
            told.add(event.value());
            if (event.key().equals("bad")) {
                throw new IllegalStateException("of no concern to others");
            }
        }

        @EventListener
        void on(RecordEvent.Deleted<Link> event) {
            told.add(event.key());
        }

        @EventListener
        void either(RecordEvent<Link> event) {
            both.add(event.key());
        }

        @EventListener
        void on(VarveResyncEvent<Link> event) {
            told.add(event.type());
        }
    }

    static final class Everything {
        final List<Object> told = new CopyOnWriteArrayList<>();

        @EventListener
        void on(PayloadApplicationEvent<Object> event) {
            told.add(event.getPayload());
        }

        @EventListener
        void any(Object event) {}
    }

    @Test
    void listeners_are_told_of_the_records_they_ask_for() {
        context.withBean(Links.class).withBean(Everything.class).run(started -> {
            Links links = started.getBean(Links.class);
            repository(started, Note.class).insert(new Note("1", "read"));
            repository(started, Link.class).insert(new Link("dust", "Dust"));
            repository(started, Link.class).delete("dust");
            await().untilAsserted(() -> assertThat(links.told).containsExactly(new Link("dust", "Dust"), "dust"));
            await().untilAsserted(() -> assertThat(links.both).containsExactly("dust", "dust"));
        });
    }

    @Test
    void a_listener_that_throws_is_told_of_the_next_change() {
        context.withBean(Links.class).run(started -> {
            Links links = started.getBean(Links.class);
            repository(started, Link.class).insert(new Link("bad", "Bad"));
            repository(started, Link.class).insert(new Link("good", "Good"));
            await().untilAsserted(() ->
                    assertThat(links.told).containsExactly(new Link("bad", "Bad"), new Link("good", "Good")));
        });
    }

    @Test
    void nothing_is_subscribed_to_that_nobody_asks_for() {
        context.withBean(Everything.class).run(started -> {
            assertThat(Interest.inRecords(started.getSourceApplicationContext(), Link.class))
                    .isFalse();
            assertThat(Interest.inRecords(started.getSourceApplicationContext(), Note.class))
                    .isFalse();
        });
        context.withBean(Links.class).run(started -> {
            assertThat(Interest.inRecords(started.getSourceApplicationContext(), Link.class))
                    .isTrue();
            assertThat(Interest.inRecords(started.getSourceApplicationContext(), Note.class))
                    .isFalse();
        });
    }

    @Test
    void a_subscription_that_ended_is_made_anew_and_listeners_are_told_that_changes_were_passed_over() {
        context.withBean(Links.class).run(started -> {
            Links links = started.getBean(Links.class);
            varve.loseSubscriptions();
            repository(started, Link.class).insert(new Link("a", "A"));
            await().untilAsserted(() -> assertThat(links.told).containsExactly(Link.class));
            repository(started, Link.class).insert(new Link("b", "B"));
            await().untilAsserted(() -> assertThat(links.told).containsExactly(Link.class, new Link("b", "B")));
        });
    }

    @Test
    void they_can_be_switched_off_and_end_with_the_context() {
        context.withBean(Links.class)
                .withPropertyValues("varve.events.enabled=false")
                .run(started -> assertThat(started).doesNotHaveBean(RecordEvents.class));
        context.withBean(Links.class).run(started -> {
            RecordEvents events = started.getBean(RecordEvents.class);
            assertThat(events.isRunning()).isTrue();
            started.close();
            assertThat(events.isRunning()).isFalse();
        });
    }
}
