package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.spring.reading.Link;
import dev.varve.spring.reading.Note;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Repositories are beans, told apart by the type of their records. */
final class RepositoriesTest {

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.mode=memory", "varve.store=acme/reading")
            .withConfiguration(
                    AutoConfigurations.of(VarveAutoConfiguration.class, VarveRepositoriesAutoConfiguration.class));

    record Service(Repository<Link> links, Repository<Note> notes) {}

    @Test
    void records_in_the_packages_of_the_application_have_repositories() {
        context.withUserConfiguration(InReading.class).withBean(Service.class).run(started -> {
            assertThat(started).hasBean("linkRepository").hasBean("noteRepository");
            Service service = started.getBean(Service.class);
            service.links().insert(new Link("dust", "Dust"));
            service.notes().insert(new Note("1", "read"));
            assertThat(service.links().all()).containsExactly(new Link("dust", "Dust"));
            assertThat(service.notes().all()).containsExactly(new Note("1", "read"));
            assertThat(started.getBean(Store.class).info().orElseThrow().entryCount())
                    .isEqualTo(2);
        });
    }

    @Test
    void an_application_may_say_where_to_look() {
        context.withUserConfiguration(InReading.class, InOther.class)
                .withBean(OtherService.class)
                .run(started -> {
                    assertThat(started).doesNotHaveBean("noteRepository");
                    assertThat(started.getBeansOfType(Repository.class)).hasSize(1);
                });
        context.withUserConfiguration(InBoth.class)
                .withBean(Service.class)
                .withBean(OtherService.class)
                .run(started -> {
                    assertThat(started.getBeansOfType(Repository.class))
                            .containsOnlyKeys(
                                    "noteRepository", "linkRepository", "dev.varve.spring.reading.LinkRepository");
                    started.getBean(OtherService.class).links().insert(new dev.varve.spring.other.Link("a", "A"));
                    assertThat(started.getBean(Service.class).links().all()).isEmpty();
                });
    }

    record OtherService(Repository<dev.varve.spring.other.Link> links) {}

    @Test
    void one_of_the_application_goes_before() {
        context.withUserConfiguration(InReading.class, Own.class)
                .withBean(Service.class)
                .run(started ->
                        assertThat(started.getBean(Service.class).links()).isSameAs(started.getBean("own")));
    }

    @Test
    void without_a_store_only_who_needs_one_fails() {
        context.withPropertyValues("varve.store=")
                .withUserConfiguration(InReading.class)
                .run(started -> assertThat(started).hasNotFailed());
        context.withPropertyValues("varve.store=")
                .withUserConfiguration(InReading.class)
                .withBean(Service.class)
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageContaining("varve.store"));
    }

    @Configuration(proxyBeanMethods = false)
    @AutoConfigurationPackage(basePackageClasses = Link.class)
    static class InReading {}

    @Configuration(proxyBeanMethods = false)
    @EnableVarveRepositories(basePackages = "dev.varve.spring.other")
    static class InOther {}

    @Configuration(proxyBeanMethods = false)
    @EnableVarveRepositories(basePackageClasses = {Link.class, dev.varve.spring.other.Link.class})
    static class InBoth {}

    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        Repository<Link> own(Store store) {
            return store.repository(Link.class);
        }
    }
}
