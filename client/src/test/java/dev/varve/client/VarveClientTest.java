package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.ErrorKind;
import dev.varve.api.Key;
import dev.varve.api.Offset;
import dev.varve.api.Schema;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VarveClientTest {

    @Test
    void the_one_entry_point_finds_the_client() throws IOException {
        try (StubServer server = new StubServer(request -> Reply.of(404));
                Varve varve = Varve.connect(server.url())) {
            assertThat(varve.streams().find("a")).isEmpty();
            assertThat(varve.streams()).isSameAs(varve.streams());
        }
    }

    @Test
    void the_environment_names_the_server_and_the_token() throws IOException {
        try (StubServer server = new StubServer(request -> Reply.of(404));
                Varve varve = VarveClient.fromEnvironment(
                                Map.of("VARVE_URL", " " + server.url() + " ", "VARVE_TOKEN", "secret"))
                        .connect()) {
            assertThat(varve.streams().find("a")).isEmpty();
            assertThat(server.onlyRequest().header("authorization")).isEqualTo("Bearer secret");
        }
    }

    @Test
    void a_server_may_live_below_a_path_and_elsewhere_than_usual() throws IOException {
        try (StubServer server =
                        new StubServer(request -> Reply.of(200, "Stream-Next-Offset", Offset.ZERO.toString()));
                Varve varve = VarveClient.builder(URI.create(server.url() + "/behind/proxy//"))
                        .streamRoot("/streams")
                        .connect()) {
            assertThat(varve.streams().find("a")).isPresent();
            assertThat(server.onlyRequest().target()).isEqualTo("/behind/proxy/streams/a");
            assertThat(server.onlyRequest().header("authorization")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host",
                "localhost:4437",
                "http:///path",
                "//host",
                "http://host?x=1",
                "http://host/#here",
                "http://user:password@host"
            })
    void what_is_not_the_base_of_an_http_server_is_refused(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VarveClient.builder(URI.create(url)))
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("password"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VarveClient.fromEnvironment(Map.of("VARVE_URL", url)))
                .withMessageStartingWith("VARVE_URL: ");
    }

    // ---- the configured store, and what others have written down

    @Test
    void records_are_in_the_configured_store() {
        try (Varve varve = VarveClient.builder(VarveClient.DEFAULT_URL)
                .store("acme/reading")
                .connect()) {
            assertThat(varve.store().name()).isEqualTo("acme/reading");
            assertThat(varve.store()).isSameAs(varve.store());
            assertThat(varve.withStore("acme/other").store().name()).isEqualTo("acme/other");
            assertThat(varve.store("acme/third").name()).isEqualTo("acme/third");
            assertThat(varve.repository(Link.class)).isNotNull();
            assertThat(varve.streams()).isSameAs(varve.streams());
        }
    }

    @Test
    void who_needs_the_store_is_told_how_to_configure_it() {
        try (Varve varve = Varve.connect(VarveClient.DEFAULT_URL)) {
            assertThatThrownBy(varve::store)
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS))
                    .hasMessageContainingAll("VARVE_STORE", "varve.store");
            assertThatThrownBy(() -> varve.repository(Link.class)).hasMessageContaining("VARVE_STORE");
        }
    }

    @Test
    void variables_of_varve_beat_those_of_dust_each_for_itself() throws IOException {
        try (StubServer server = new StubServer(request -> Reply.of(404))) {
            Map<String, String> dust = Map.of(
                    "DUST_BASE_URL", server.url().toString(), "DUST_STORE", "dust/store", "DUST_TOKEN", "dust_tok_1");
            try (Varve varve = VarveClient.fromEnvironment(dust).connect()) {
                assertThat(varve.store().name()).isEqualTo("dust/store");
                assertThat(varve.streams().find("a")).isEmpty();
                assertThat(server.onlyRequest().header("authorization")).isEqualTo("Bearer dust_tok_1");
            }
            Map<String, String> both = new HashMap<>(dust);
            both.put("VARVE_STORE", "varve/store");
            both.put("VARVE_TOKEN", " ");
            try (Varve varve = VarveClient.fromEnvironment(both).connect()) {
                assertThat(varve.store().name()).isEqualTo("varve/store");
                assertThat(varve.streams().find("b")).isEmpty();
                assertThat(server.requests().get(1).header("authorization")).isEqualTo("Bearer dust_tok_1");
            }
        }
    }

    @Test
    void properties_name_the_connection() throws IOException {
        try (StubServer server = new StubServer(request -> Reply.of(404))) {
            Properties properties = new Properties();
            properties.setProperty("varve.url", server.url().toString());
            properties.setProperty("varve.store", "acme/reading");
            properties.setProperty("varve.token", "secret");
            properties.setProperty("varve.request-timeout", "5s");
            properties.setProperty("varve.connect-timeout", "500ms");
            properties.setProperty("varve.live-timeout", "2m");
            properties.setProperty("varve.retry-for", "0s");
            properties.setProperty("other.store", "passed over");
            try (Varve varve = VarveClient.fromProperties(properties).connect()) {
                assertThat(varve.store().name()).isEqualTo("acme/reading");
                assertThat(varve.streams().find("a")).isEmpty();
                assertThat(server.onlyRequest().header("authorization")).isEqualTo("Bearer secret");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "varve.request-timeout, 5, 'varve.request-timeout: \"5\" is no time'",
        "varve.request-timeout, 0s, 'varve.request-timeout: the request timeout must be more than zero'",
        "varve.store, reading, 'varve.store: \"reading\" is no name of a store'",
        "varve.url, host, 'varve.url: not the URL of an HTTP server'",
        "varve.stroe, acme/reading, 'varve.stroe: there is no such property, but varve.url and varve.connect-timeout'",
    })
    void a_property_that_cannot_be_is_named(String name, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VarveClient.fromProperties(Map.of(name, value)))
                .withMessageStartingWith(message);
    }

    @Test
    void a_variable_that_cannot_be_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VarveClient.fromEnvironment(Map.of("DUST_STORE", "reading")))
                .withMessageStartingWith("DUST_STORE: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VarveClient.builder(VarveClient.DEFAULT_URL).store("reading"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:1", "http://127.0.0.1:1", "http://127.1.2.3:1", "http://[::1]:1"})
    void a_server_on_this_machine_needs_no_token(String url) {
        VarveClient.fromEnvironment(Map.of("VARVE_URL", url)).connect().close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.org", "https://10.0.0.1", "http://127.0.0.1.example.org", "http://[::2]"})
    void a_server_elsewhere_needs_a_token_when_it_is_configured(String url) {
        assertThatThrownBy(() ->
                        VarveClient.fromEnvironment(Map.of("VARVE_URL", url)).connect())
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHORIZED))
                .hasMessageContainingAll(url, "VARVE_TOKEN");
        assertThatThrownBy(() ->
                        VarveClient.fromProperties(Map.of("varve.url", url)).connect())
                .hasMessageContaining("varve.token");
        VarveClient.fromEnvironment(Map.of("VARVE_URL", url, "VARVE_TOKEN", "secret"))
                .connect()
                .close();
        VarveClient.builder(URI.create(url)).connect().close(); // who writes the URL into a program knows
    }

    @Schema(prefix = "links")
    record Link(@Key String slug, String title) {}
}
