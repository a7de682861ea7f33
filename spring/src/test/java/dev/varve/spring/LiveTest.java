package dev.varve.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.spring.reading.Link;
import dev.varve.spring.reading.Note;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** The records that have a repository are kept in step when the properties say so. */
final class LiveTest {

    private final AtomicReference<@Nullable LiveOptions> asked = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withBean(Varve.class, () -> new Remote(new ModelVarve()))
            .withPropertyValues("varve.store=acme/reading", "varve.live.enabled=true")
            .withUserConfiguration(Application.class)
            .withConfiguration(AutoConfigurations.of(
                    VarveAutoConfiguration.class,
                    VarveRepositoriesAutoConfiguration.class,
                    VarveLiveAutoConfiguration.class,
                    VarveEventsAutoConfiguration.class,
                    VarveHealthAutoConfiguration.class,
                    VarveMetricsAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    @EnableVarveRepositories(basePackageClasses = Link.class)
    static class Application {}

    /** A Varve whose stores can be kept in step, as those of a server can. */
    private final class Remote implements Varve {

        private final Varve model;

        Remote(Varve model) {
            this.model = model;
        }

        @Override
        public Streams streams() {
            return model.streams();
        }

        @Override
        public Store store(String name) {
            Store store = model.store(name);
            return forwarding(Store.class, store, "live", options -> {
                asked.set((LiveOptions) options);
                return sync();
            });
        }

        @Override
        public void close() {
            model.close();
        }
    }

    private interface Answer {
        Object to(@Nullable Object argument);
    }

    private LiveSync sync() {
        LiveSync.Status status = new LiveSync.Status(LiveSync.State.LIVE, 7, 3, 2);
        AtomicBoolean end = closed;
        return (LiveSync) Proxy.newProxyInstance(
                LiveSync.class.getClassLoader(), new Class<?>[] {LiveSync.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        end.set(true);
                        return null;
                    }
                    return switch (method.getName()) {
                        case "status" -> status;
                        case "hashCode" -> System.identityHashCode(proxy);
                        case "equals" -> proxy.hashCode() == arguments[0].hashCode();
                        default -> "sync";
                    };
                });
    }

    private static <T> T forwarding(Class<T> type, T target, String name, Answer answer) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals(name)) {
                        return answer.to(arguments[0]);
                    }
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
        return type.cast(proxy);
    }

    @Test
    void all_records_are_kept_in_step_as_the_properties_say_until_the_context_closes() {
        context.withPropertyValues(
                        "varve.live.view=optimistic",
                        "varve.live.file=target/live",
                        "varve.live.max-entries=10",
                        "varve.live.max-waiting=5",
                        "varve.live.answer-timeout=2s")
                .run(started -> {
                    assertThat(started).hasSingleBean(LiveSync.class);
                    assertThat(asked.get())
                            .isEqualTo(LiveOptions.of(Link.class, Note.class)
                                    .withView(LiveOptions.View.OPTIMISTIC)
                                    .withFile(Path.of("target/live"))
                                    .withMaxEntries(10)
                                    .withMaxWaiting(5)
                                    .withAnswerTimeout(Duration.ofSeconds(2)));
                    assertThat(closed).isFalse();
                });
        assertThat(closed).isTrue();
    }

    @Test
    void nothing_is_kept_in_step_unasked_or_without_a_server() {
        context.withPropertyValues("varve.live.enabled=false")
                .run(started -> assertThat(started).doesNotHaveBean(LiveSync.class));
        context.withPropertyValues("varve.mode=memory")
                .run(started -> assertThat(started).hasNotFailed().doesNotHaveBean(LiveSync.class));
    }

    @Test
    void options_of_the_application_go_before() {
        LiveOptions own = LiveOptions.of(Link.class);
        context.withBean(LiveOptions.class, () -> own)
                .run(started -> assertThat(asked.get()).isSameAs(own));
    }

    @Test
    void operators_see_how_it_stands() {
        context.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(started -> {
            MeterRegistry registry = started.getBean(MeterRegistry.class);
            started.getBean(MeterBinder.class).bindTo(registry);
            assertThat(registry.get("varve.live.state")
                            .tag("state", "live")
                            .gauge()
                            .value())
                    .isEqualTo(1);
            assertThat(registry.get("varve.live.state")
                            .tag("state", "closed")
                            .gauge()
                            .value())
                    .isZero();
            assertThat(registry.get("varve.live.store.seq").gauge().value()).isEqualTo(7);
            assertThat(registry.get("varve.live.entries").gauge().value()).isEqualTo(3);
            assertThat(registry.get("varve.live.writes.waiting").gauge().value())
                    .isEqualTo(2);
            assertThat(requireNonNull(started.getBean(HealthIndicator.class).health())
                            .getDetails())
                    .containsEntry("live", "LIVE");
        });
    }
}
