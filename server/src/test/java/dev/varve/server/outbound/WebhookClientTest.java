package dev.varve.server.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.outbound.WebhookClient.Result;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client sends, what answers it understands, and where it does not go, against a server made of a socket. */
final class WebhookClientTest {

    private static final WebhookPolicy LOOPBACK = new WebhookPolicy(true, Set.of());

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] BODY = "{\"wake\":1}".getBytes(StandardCharsets.UTF_8);
    private static final char[] PASSWORD = "password".toCharArray();

    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor();

    @TempDir
    private static Path directory;

    /** Trusts, and is, hooks.example. */
    private static SSLContext tls;

    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final List<ServerSocket> servers = new ArrayList<>();

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = directory.resolve("hooks.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "hooks",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=hooks.example",
                        "-ext",
                        "san=dns:hooks.example",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
        keyManagers.init(keys, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("hooks", keys.getCertificate("hooks"));
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
        trustManagers.init(trusted);
        tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    }

    @AfterAll
    static void stopTimer() {
        TIMER.shutdownNow();
    }

    @AfterEach
    void stopServers() throws IOException {
        for (ServerSocket server : servers) {
            server.close();
        }
    }

    /** Answers every connection with these bytes after a whole request, and gives the port. */
    private int serve(ServerSocket server, String... answer) {
        servers.add(server);
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    requests.add(readRequest(socket.getInputStream()));
                    for (String part : answer) {
                        socket.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
                        socket.getOutputStream().flush();
                    }
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The client has gone, or the test is over.
                }
            }
        });
        return server.getLocalPort();
    }

    private static ServerSocket plain() throws IOException {
        return new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"));
    }

    private static String readRequest(InputStream in) throws IOException {
        StringBuilder request = new StringBuilder();
        while (!request.toString().endsWith(new String(BODY, StandardCharsets.UTF_8))) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("the request is not whole: " + request);
            }
            request.append((char) c);
        }
        return request.toString();
    }

    private static WebhookClient client(WebhookPolicy policy, WebhookClient.Resolver resolver, Duration timeout) {
        return new WebhookClient(policy, resolver, tls::getSocketFactory, TIMER, timeout);
    }

    private static Result post(int port) {
        return client(LOOPBACK, InetAddress::getAllByName, PATIENCE)
                .post(
                        WebhookTarget.parse("http://127.0.0.1:" + port + "/hook?a=b"),
                        BODY,
                        Map.of("Webhook-Signature", "sig"));
    }

    private static Result.Failed failed(Result result) {
        assertThat(result).isInstanceOf(Result.Failed.class);
        return (Result.Failed) result;
    }

    private static String delivered(Result result) {
        assertThat(result).isInstanceOf(Result.Delivered.class);
        return new String(((Result.Delivered) result).body(), StandardCharsets.UTF_8);
    }

    @Test
    void sends_one_plain_request_with_its_signature() throws Exception {
        int port = serve(plain(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(delivered(post(port))).isEqualTo("{}");
        assertThat(requests.poll(20, TimeUnit.SECONDS))
                .isEqualTo("POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nContent-Type: application/json\r\nContent-Length: 10\r\nWebhook-Signature: sig\r\n"
                        + "User-Agent: varve\r\nAccept: application/json\r\nConnection: close\r\n\r\n{\"wake\":1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK^Content-Length: 13^^{\"done\":true}|{\"done\":true}",
                "HTTP/1.1 200^^{\"done\":true}|{\"done\":true}",
                "HTTP/1.0 201 Created^^{}|{}",
                "HTTP/1.1 204 No Content^^|''",
                "HTTP/1.1 200 OK^Transfer-Encoding: chunked^^4^{\"do^9;x=y^ne\":true}^0^^|{\"done\":true}",
                "HTTP/1.1 100 Continue^^HTTP/1.1 200 OK^content-length:2^^{}|{}",
                "HTTP/1.1 200 OK^Content-Length: 99^^{}|{}",
                "HTTP/1.1 200 OK^Transfer-Encoding: chunked^^zz^^|''",
            })
    void understands_every_way_to_say_yes(String answer, String body) throws Exception {
        int port = serve(plain(), answer.replace("^", "\r\n"));
        assertThat(delivered(post(port))).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 307, 400, 404, 410, 429, 500, 503})
    void every_other_status_is_a_failure_and_no_redirect_is_followed(int status) throws Exception {
        int elsewhere = serve(plain(), "HTTP/1.1 200 OK\r\n\r\n");
        int port = serve(
                plain(),
                "HTTP/1.1 " + status + " No\r\nLocation: http://127.0.0.1:" + elsewhere
                        + "/\r\nContent-Length: 0\r\n\r\n");
        Result.Failed failed = failed(post(port));
        assertThat(failed.why()).contains(Integer.toString(status));
        assertThat(failed.mayHaveArrived()).as("the receiver said no").isFalse();
        assertThat(requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/2 200", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nHalf", "HTTP/1.1 999 OK\r\n\r\n"})
    void what_is_no_answer_leaves_open_what_the_receiver_does(String answer) throws Exception {
        Result.Failed failed = failed(post(serve(plain(), answer)));
        assertThat(failed.mayHaveArrived()).isTrue();
    }

    @Test
    void endless_heads_and_interim_answers_are_given_up() throws Exception {
        String[] lines = new String[2_000];
        java.util.Arrays.fill(lines, "X-Header: value value value\r\n");
        lines[0] = "HTTP/1.1 200 OK\r\n";
        assertThat(failed(post(serve(plain(), lines))).why()).contains("longer than");
        String[] interim = new String[20];
        java.util.Arrays.fill(interim, "HTTP/1.1 103 Early Hints\r\n\r\n");
        assertThat(failed(post(serve(plain(), interim))).why()).contains("interim");
    }

    @Test
    void of_a_long_body_only_the_beginning_is_read() throws Exception {
        int port = serve(plain(), "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(1 << 20));
        assertThat(delivered(post(port))).hasSize(WebhookClient.MAX_ANSWER_BYTES);
    }

    @Test
    void a_receiver_that_does_not_answer_is_given_up_in_time_and_may_be_at_work() throws Exception {
        ServerSocket silent = plain();
        servers.add(silent);
        Result result = client(LOOPBACK, InetAddress::getAllByName, Duration.ofMillis(300))
                .post(
                        WebhookTarget.parse("http://127.0.0.1:" + silent.getLocalPort() + "/"),
                        BODY,
                        Map.of("Webhook-Signature", "sig"));
        assertThat(failed(result).mayHaveArrived()).isTrue();
        assertThat(failed(result).why()).contains("no answer within 300 ms");
    }

    @Test
    void a_receiver_that_drips_is_given_up_in_time() throws Exception {
        ServerSocket dripping = plain();
        servers.add(dripping);
        Thread.ofVirtual().start(() -> {
            try (Socket socket = dripping.accept()) {
                while (true) {
                    socket.getOutputStream().write('H');
                    Thread.sleep(50);
                }
            } catch (IOException | InterruptedException e) {
                // Given up, as it should be.
            }
        });
        Result result = client(LOOPBACK, InetAddress::getAllByName, Duration.ofMillis(300))
                .post(
                        WebhookTarget.parse("http://127.0.0.1:" + dripping.getLocalPort() + "/"),
                        BODY,
                        Map.of("Webhook-Signature", "sig"));
        assertThat(failed(result).why()).contains("no answer within");
    }

    @Test
    void nobody_there_is_a_failure_that_did_not_arrive() throws Exception {
        ServerSocket gone = plain();
        gone.close();
        assertThat(failed(post(gone.getLocalPort())).mayHaveArrived()).isFalse();
    }

    @Test
    void an_unknown_name_is_a_failure() {
        Result result = client(
                        LOOPBACK,
                        host -> {
                            throw new UnknownHostException(host);
                        },
                        PATIENCE)
                .post(WebhookTarget.parse("https://nowhere.example/"), BODY, Map.of("Webhook-Signature", "sig"));
        assertThat(failed(result).why()).contains("nowhere.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "1.1.1.1,10.0.0.1", "1.1.1.1,127.0.0.1"})
    void a_name_with_any_address_that_is_not_public_is_not_connected_to(String addresses) throws Exception {
        int port = serve(plain(), "HTTP/1.1 200 OK\r\n\r\n");
        InetAddress[] resolved = List.of(addresses.split(",", -1)).stream()
                .map(InetAddress::ofLiteral)
                .toArray(InetAddress[]::new);
        Result result = client(LOOPBACK, host -> resolved, PATIENCE)
                .post(
                        WebhookTarget.parse("https://rebind.example:" + port + "/"),
                        BODY,
                        Map.of("Webhook-Signature", "sig"));
        assertThat(failed(result).why()).contains("not public");
        assertThat(requests).isEmpty();
    }

    @Test
    void a_name_is_resolved_once_and_the_checked_address_is_connected_to() throws Exception {
        int port = serve(plain(), "HTTP/1.1 200 OK\r\n\r\n");
        List<String> asked = new ArrayList<>();
        WebhookPolicy listed = new WebhookPolicy(true, Set.of("hooks.lan:" + port));
        Result result = client(
                        listed,
                        host -> {
                            asked.add(host);
                            return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
                        },
                        PATIENCE)
                .post(WebhookTarget.parse("http://hooks.lan:" + port + "/"), BODY, Map.of("Webhook-Signature", "sig"));
        delivered(result);
        assertThat(asked).containsExactly("hooks.lan");
        assertThat(Objects.requireNonNull(requests.poll(20, TimeUnit.SECONDS))).contains("Host: hooks.lan:" + port);
    }

    @Test
    void the_next_address_is_tried_when_nobody_is_at_the_first() throws Exception {
        int port = serve(plain(), "HTTP/1.1 200 OK\r\n\r\n");
        WebhookPolicy listed = new WebhookPolicy(true, Set.of("hooks.lan:" + port));
        Result result = client(
                        listed,
                        host -> new InetAddress[] {
                            InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")
                        },
                        PATIENCE)
                .post(WebhookTarget.parse("http://hooks.lan:" + port + "/"), BODY, Map.of("Webhook-Signature", "sig"));
        delivered(result);
    }

    private Result postSecurely(String host, SSLSocketFactory trusting) throws Exception {
        int port = serve(
                tls.getServerSocketFactory().createServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1")),
                "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"done\":true}");
        WebhookPolicy listed = new WebhookPolicy(true, Set.of(host + ":" + port));
        WebhookClient client = new WebhookClient(
                listed,
                name -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")},
                () -> trusting,
                TIMER,
                PATIENCE);
        return client.post(
                WebhookTarget.parse("https://" + host + ":" + port + "/"), BODY, Map.of("Webhook-Signature", "sig"));
    }

    @Test
    void tls_is_made_with_the_name_although_the_connection_is_made_to_the_address() throws Exception {
        assertThat(delivered(postSecurely("hooks.example", tls.getSocketFactory())))
                .isEqualTo("{\"done\":true}");
    }

    @Test
    void a_certificate_for_another_name_is_refused_before_anything_is_sent() throws Exception {
        Result.Failed failed = failed(postSecurely("other.example", tls.getSocketFactory()));
        assertThat(failed.mayHaveArrived()).isFalse();
        assertThat(requests).isEmpty();
    }

    @Test
    void a_certificate_of_nobody_trusted_is_refused_before_anything_is_sent() throws Exception {
        Result.Failed failed = failed(postSecurely("hooks.example", (SSLSocketFactory) SSLSocketFactory.getDefault()));
        assertThat(failed.mayHaveArrived()).isFalse();
        assertThat(requests).isEmpty();
    }
}
