package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.varve.api.Offset;
import dev.varve.api.Varve;
import dev.varve.client.StubServer.Reply;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
}
