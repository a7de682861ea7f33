package dev.varve.server;

import static dev.varve.server.EntriesApi.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Files over HTTP: stored as they come, read by their hash. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FilesRestTest {

    private static final int MAX_FILE_BYTES = 4 << 20;

    private EntriesApi api;
    private HttpClient http;

    @BeforeAll
    void start() {
        api = EntriesApi.start(builder -> builder.limits(new Limits().fileBytes(MAX_FILE_BYTES)));
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    void stop() {
        http.close();
        api.close();
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(api.http.uri(path));
    }

    private JsonNode put(StoreCalls store, String path, byte[] content, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                to(store.url("/files/" + path)).POST(HttpRequest.BodyPublishers.ofByteArray(content));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> response = send(request);
        assertThat(response.statusCode()).as(new String(response.body(), UTF_8)).isEqualTo(200);
        return json(new String(response.body(), UTF_8));
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "262144", "262145", "1000000", "4194304"})
    void a_file_is_stored_and_read(int count) throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        byte[] content = bytes(count);

        JsonNode made = put(store, "docs/a", content, "Content-Type", "image/png");

        assertThat(made.at("/store_seq").asLong()).isEqualTo(1);
        assertThat(made.at("/size").asLong()).isEqualTo(count);
        HttpResponse<byte[]> read =
                send(to("/api/files/" + made.at("/hash").asString()).GET());
        assertThat(read.statusCode()).isEqualTo(200);
        assertThat(read.body()).isEqualTo(content);
        assertThat(read.headers().firstValue("Content-Type")).hasValue("image/png");
        JsonNode entry = json(store.get("/entries/docs/a"));
        assertThat(entry.at("/type").asString()).isEqualTo("file");
        assertThat(entry.at("/value/hash")).isEqualTo(made.at("/hash"));
        assertThat(entry.at("/value/uploaded_at").asString()).endsWith("Z");
    }

    @Test
    void a_file_of_unknown_length_is_stored() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        byte[] content = bytes(3_000_000);

        HttpResponse<byte[]> response = send(to(store.url("/files/a"))
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content))));

        JsonNode made = json(new String(response.body(), UTF_8));
        assertThat(made.at("/size").asLong()).isEqualTo(content.length);
        assertThat(send(to("/api/files/" + made.at("/hash").asString()).GET()).body())
                .isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "inline; filename=\"a b.png\" | a b.png | inline; filename=\"a b.png\"",
                "attachment; filename=x.txt | x.txt | inline; filename=\"x.txt\"",
                "attachment; filename=\"../../etc/passwd\" | passwd | inline; filename=\"passwd\"",
                "attachment; filename*=UTF-8''%E2%82%AC.txt; filename=e.txt | \u20ac.txt |"
                        + " inline; filename=\"_.txt\"; filename*=UTF-8''%E2%82%AC.txt"
            })
    void a_name_is_kept(String sent, String name, String shown) throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();

        // Whoever else refers to the same bytes calls them as they like.
        JsonNode made = put(store, "a", sent.getBytes(UTF_8), "Content-Disposition", sent);

        assertThat(json(store.get("/entries/a")).at("/value/filename").asString())
                .isEqualTo(name);
        HttpResponse<byte[]> read =
                send(to("/api/files/" + made.at("/hash").asString()).GET());
        assertThat(read.headers().firstValue("Content-Disposition")).hasValue(shown);
    }

    @Test
    void a_name_may_stand_in_the_query() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();

        put(store, "a?filename=my%20file.pdf", bytes(10));

        assertThat(json(store.get("/entries/a")).at("/value/filename").asString())
                .isEqualTo("my file.pdf");
    }

    @Test
    void a_file_among_others_cannot_act_in_the_name_of_the_server() throws IOException, InterruptedException {
        JsonNode made = put(api.freshStore(), "a", bytes(10), "Content-Type", "text/html");

        HttpResponse<byte[]> read =
                send(to("/api/files/" + made.at("/hash").asString()).GET());

        assertThat(read.headers().firstValue("Content-Security-Policy")).hasValue("default-src 'none'; sandbox");
        assertThat(read.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @Test
    void a_file_that_is_known_is_not_sent_again() throws IOException, InterruptedException {
        JsonNode made = put(api.freshStore(), "a", bytes(11));
        String hash = made.at("/hash").asString();

        HttpResponse<byte[]> read = send(to("/api/files/" + hash).header("If-None-Match", "\"" + hash + "\""));

        assertThat(read.statusCode()).isEqualTo(304);
        HttpResponse<byte[]> head = send(to("/api/files/" + hash).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).hasValue("11");
    }

    @Test
    void a_file_that_no_entry_refers_to_is_forbidden() throws IOException, InterruptedException {
        for (String hash : new String[] {"sha256:" + "00".repeat(32), "sha256:", "nonsense"}) {
            HttpResponse<byte[]> read = send(to("/api/files/" + hash).GET());
            assertThat(read.statusCode()).isEqualTo(403);
            assertThat(json(new String(read.body(), UTF_8)).at("/error").asString())
                    .isEqualTo("forbidden");
        }
    }

    @Test
    void a_file_that_is_too_large_is_refused_before_it_is_sent() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        HttpResponse<byte[]> response = send(to(store.url("/files/a"))
                .expectContinue(true)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[MAX_FILE_BYTES + 1])));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(store.get("/entries/a").statusCode()).isEqualTo(404);
    }

    @Test
    void a_file_that_grows_too_large_is_refused() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        try (RawConnection socket = api.http.connect()) {
            socket.send("POST " + store.url("/files/a") + " HTTP/1.1\r\nHost: localhost\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n");
            byte[] chunk = new byte[1 << 20];
            for (int i = 0; i < 4; i++) {
                socket.send("100000\r\n");
                socket.send(chunk);
                socket.send("\r\n");
            }
            socket.send("1\r\nx\r\n");
            assertThat(socket.answer().status()).isEqualTo(413);
        }
        assertThat(store.get("/entries/a").statusCode()).isEqualTo(404);
    }

    @Test
    void the_connection_is_good_for_the_next_request() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        for (int i = 1; i <= 5; i++) {
            assertThat(put(store, "f" + i, bytes(600_000 + i)).at("/store_seq").asLong())
                    .isEqualTo(i);
        }
    }

    @Test
    void a_client_that_goes_leaves_nothing() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        try (RawConnection socket = api.http.connect()) {
            socket.send("POST " + store.url("/files/a")
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
            socket.send(new byte[500_000]);
        }
        assertThat(put(store, "b", bytes(10)).at("/store_seq").asLong()).isEqualTo(1);
        assertThat(store.get("/entries/a").statusCode()).isEqualTo(404);
    }

    @Test
    void what_is_no_path_is_refused_before_the_body() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        HttpResponse<byte[]> response = send(to(store.url("/files/a~2"))
                .expectContinue(true)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1_000_000])));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(new String(response.body(), UTF_8)).contains("invalid_escape");
    }

    @Test
    void pages_of_other_origins_may_not_store() throws IOException, InterruptedException {
        StoreCalls store = api.freshStore();
        HttpResponse<byte[]> response = send(to(store.url("/files/a"))
                .header("Origin", "https://evil.example")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes(10))));
        assertThat(response.statusCode()).isEqualTo(403);
    }
}
