package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The Varve and the store that properties and environment describe. */
final class VarveAutoConfigurationTest {

    private final ApplicationContextRunner context =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(VarveAutoConfiguration.class));

    @Test
    void a_server_on_this_machine_is_the_default() {
        context.withPropertyValues("varve.store=acme/reading").run(started -> {
            assertThat(started).hasSingleBean(Varve.class).hasSingleBean(Store.class);
            assertThat(started.getBean(Store.class).name()).isEqualTo("acme/reading");
            assertThat(started.getBean(Varve.class).store().name()).isEqualTo("acme/reading");
            assertThat(started.getBean(Store.class).transport().kind().wireName())
                    .isEqualTo("http");
        });
    }

    @Test
    void who_needs_a_store_is_told_that_there_is_none() {
        context.run(started -> assertThat(started).hasNotFailed());
        context.withBean("needy", Needy.class)
                .run(started -> assertThat(started)
                        .getFailure()
                        .rootCause()
                        .hasMessageContainingAll("varve.store", "VARVE_STORE"));
    }

    record Needy(Store store) {}

    @Test
    void url_token_and_store_reach_the_server_those_of_dust_where_there_are_no_others() throws IOException {
        List<String> tokens = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            tokens.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            context.withPropertyValues("varve.url=" + url, "varve.store=acme/reading", "varve.token=secret")
                    .withPropertyValues("DUST_BASE_URL=http://other", "DUST_STORE=other/store", "DUST_TOKEN=other")
                    .run(started -> started.getBean(Varve.class).streams().find("a"));
            context.withPropertyValues("DUST_BASE_URL=" + url, "DUST_STORE=dust/store", "DUST_TOKEN=dust_tok_1")
                    .withPropertyValues("varve.url=", "varve.token= ")
                    .run(started -> {
                        assertThat(started.getBean(Store.class).name()).isEqualTo("dust/store");
                        started.getBean(Varve.class).streams().find("b");
                    });
            assertThat(tokens).containsExactly("/v1/stream/a Bearer secret", "/v1/stream/b Bearer dust_tok_1");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void a_server_elsewhere_needs_a_token() {
        context.withPropertyValues("varve.url=https://varve.example.org")
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageContaining("varve.token"));
        context.withPropertyValues("varve.url=https://varve.example.org")
                .withBean(VarveClientCustomizer.class, () -> builder -> builder.token(() -> "renewed"))
                .run(started -> assertThat(started).hasNotFailed());
    }

    @Test
    void what_cannot_be_is_named() {
        context.withPropertyValues("varve.store=reading")
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageStartingWith("varve.store: "));
        context.withPropertyValues("varve.url=ftp://host")
                .run(started -> assertThat(started)
                        .getFailure()
                        .hasMessageContaining("varve.url: not the URL of an HTTP server: ftp://host"));
        context.withPropertyValues("varve.mode=embedded")
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageStartingWith("varve.data: "));
        context.withPropertyValues("varve.request-timeout=0s")
                .run(started -> assertThat(started).getFailure().rootCause().hasMessageContaining("request timeout"));
    }

    @Test
    void it_may_be_in_this_program() {
        context.withPropertyValues("varve.mode=memory", "varve.store=acme/reading")
                .run(started -> {
                    assertThat(started.getBean(Store.class).transport().kind().wireName())
                            .isEqualTo("embedded");
                    assertThat(started.getBean(Varve.class).store().name()).isEqualTo("acme/reading");
                });
        context.withPropertyValues("varve.mode=embedded", "varve.data=target/data", "varve.store=acme/reading")
                .run(started -> assertThat(started).hasSingleBean(Varve.class));
    }

    @Test
    void a_varve_of_the_application_goes_before_and_both_are_closed() {
        ModelVarve varve = new ModelVarve();
        context.withBean(Varve.class, () -> varve)
                .withPropertyValues("varve.store=acme/reading")
                .run(started -> {
                    assertThat(started.getBean(Varve.class)).isSameAs(varve);
                    assertThat(started.getBean(Store.class).name()).isEqualTo("acme/reading");
                });
        assertThat(varve.closed()).isTrue();
    }

    @Test
    void a_store_of_the_application_goes_before() {
        context.withUserConfiguration(OwnStore.class)
                .withPropertyValues("varve.store=acme/reading")
                .run(started -> assertThat(started.getBean(Store.class).name()).isEqualTo("own/store"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnStore {
        @Bean
        Store own(Varve varve) {
            return varve.store("own/store");
        }
    }

    @Test
    void the_token_is_not_printed() {
        context.withPropertyValues("varve.token=secret")
                .run(started -> assertThat(
                                started.getBean(VarveProperties.class).toString())
                        .doesNotContain("secret"));
    }
}
