package dev.varve.examples.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.LiveSync;
import dev.varve.api.Repository;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The application as a browser uses it, with a real Varve inside. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "varve.live.enabled=true")
@ExtendWith(OutputCaptureExtension.class)
final class ReadingListTest {

    @LocalServerPort
    int port;

    @Autowired
    Repository<Link> links;

    @Autowired
    ObjectProvider<LiveSync> live;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void the_list_is_empty() {
        links.deleteAll();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String form) throws IOException, InterruptedException {
        return send(request("/links")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    @Test
    void the_page_is_served() throws Exception {
        assertThat(send(request("/")).body()).contains("Reading list").contains("app.js");
        HttpResponse<String> script = send(request("/app.js"));
        assertThat(script.headers().firstValue("Content-Type").orElse("")).contains("javascript");
    }

    @Test
    void a_form_adds_a_link() throws Exception {
        HttpResponse<String> answer = post("slug=dust&title=Dust&url=https%3A%2F%2Fexample.org&admin=true");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(links.all()).containsExactly(new Link("dust", "Dust", URI.create("https://example.org")));
        assertThat(send(request("/links")).body())
                .isEqualTo("[{\"slug\":\"dust\",\"title\":\"Dust\",\"url\":\"https://example.org\"}]");
    }

    @Test
    void a_form_is_told_what_is_wrong() throws Exception {
        HttpResponse<String> wrong = post("slug=dust&title=&url=ftp%3A%2F%2Fhost");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body())
                .contains("{\"field\":\"title\",\"message\":\"can't be blank\"}")
                .contains("{\"field\":\"url\",\"message\":\"must begin with http:// or https://\"}");
        assertThat(links.all()).isEmpty();

        assertThat(post("slug=dust&title=Dust").statusCode()).isEqualTo(201);
        HttpResponse<String> taken = post("slug=dust&title=Another");
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(taken.body()).contains("\"field\":\"slug\"");
        assertThat(links.get("dust").title()).isEqualTo("Dust");
    }

    @Test
    void a_browser_sees_what_is_there_and_what_anybody_changes(CapturedOutput output) throws Exception {
        links.insert(new Link("a", "A", null));
        HttpResponse<Stream<String>> events = http.send(
                request("/links/events").header("Accept", "text/event-stream").build(),
                HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = events.body()) {
            Iterator<String> read = lines.filter(line -> !line.isEmpty()).iterator();
            assertThat(read.next()).isEqualTo("event:all");
            assertThat(read.next()).isEqualTo("data:[{\"slug\":\"a\",\"title\":\"A\",\"url\":null}]");
            links.update("a", link -> new Link(link.slug(), "A, live", link.url()));
            assertThat(read.next()).isEqualTo("event:upserted");
            assertThat(read.next()).isEqualTo("data:{\"slug\":\"a\",\"title\":\"A, live\",\"url\":null}");
            assertThat(send(request("/links/a").DELETE()).statusCode()).isEqualTo(204);
            assertThat(read.next()).isEqualTo("event:deleted");
            assertThat(read.next()).isEqualTo("data:a");
        }
        await().untilAsserted(() ->
                assertThat(output).contains("a is on the list: A, live").contains("a is off the list"));
    }

    @Test
    void what_is_embedded_needs_no_live_copy() {
        assertThat(live.getIfAvailable()).isNull();
    }
}
