package dev.varve.examples.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.LiveSync;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.SaveResult;
import dev.varve.api.Varve;
import dev.varve.junit.VarveTest;
import dev.varve.junit.VarveUrl;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ResolvableType;

/** The same application over a server, with the libraries that Spring Boot brings. */
@VarveTest
@ExtendWith(OutputCaptureExtension.class)
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

    @Test
    void what_others_write_is_told_at_once(@VarveUrl URI url, Varve varve, CapturedOutput output) {
        Repository<Link> there = varve.store("examples/reading").repository(Link.class);
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(ReadingListApplication.class)
                .web(WebApplicationType.NONE)
                .run("--varve.mode=remote", "--varve.live.enabled=true", "--varve.url=" + url)) {
            there.insert(new Link("varve", "Varve", null));
            await().untilAsserted(() -> assertThat(output).contains("varve is on the list: Varve"));
            assertThat(application.getBean(LiveSync.class).status().state()).isEqualTo(LiveSync.State.LIVE);
            there.delete("varve");
            await().untilAsserted(() -> assertThat(output).contains("varve is off the list"));
        }
    }
}
