package dev.varve.examples.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.SaveResult;
import dev.varve.api.Varve;
import dev.varve.junit.VarveTest;
import dev.varve.junit.VarveUrl;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ResolvableType;

/** The same application over a server, with the libraries that Spring Boot brings. */
@VarveTest
final class ServerTest {

    @Test
    void the_list_is_on_a_server(@VarveUrl URI url, Varve varve) {
        Repository<Link> there = varve.store("examples/reading").repository(Link.class);
        there.insert(new Link("varve", "Varve", null));
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(ReadingListApplication.class)
                .web(WebApplicationType.NONE)
                .run("--varve.mode=remote", "--varve.url=" + url)) {
            Repository<Link> links = application
                    .<Repository<Link>>getBeanProvider(
                            ResolvableType.forClassWithGenerics(Repository.class, Link.class))
                    .getObject();
            assertThat(links.get("varve").title()).isEqualTo("Varve");
            Map<String, String> form = Map.of("slug", "dust", "title", "Dust", "url", "https://example.org");
            assertThat(links.save(links.change(form, "slug", "title", "url"), Precondition.ifAbsent()))
                    .isInstanceOf(SaveResult.Saved.class);
            assertThat(links.save(links.change(form, "slug", "title", "url"), Precondition.ifAbsent()))
                    .isInstanceOf(SaveResult.Conflict.class);
            assertThat(links.all()).hasSize(2);
        }
        assertThat(there.get("dust").url()).isEqualTo(URI.create("https://example.org"));
    }
}
