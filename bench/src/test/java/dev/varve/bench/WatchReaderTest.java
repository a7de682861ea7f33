package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The watch test's reader sees what it is there to see, from a server that says what the test wants. */
final class WatchReaderTest {

    private final WatchStream stream = stream();
    private final Findings findings = new Findings();

    private static WatchStream stream() {
        WatchStream sent = new WatchStream("watch/text", WatchStream.Kind.TEXT, 3);
        for (int i = 1; i < 4; i++) {
            sent.sending(i);
        }
        return sent;
    }

    @Test
    void all_messages_in_order_are_fine() throws IOException, InterruptedException {
        assertThat(read(event("10", 0), event("20", 1, 2), end("20"))).isEqualTo("0 lost");
    }

    @Test
    void a_repeated_message_is_duplicated() throws IOException, InterruptedException {
        assertThat(read(event("10", 0), event("20", 0, 1), end("20"))).isEqualTo("0 lost, 1 duplicated");
    }

    @Test
    void a_gap_is_a_loss() throws IOException, InterruptedException {
        assertThat(read(event("10", 0), event("20", 2), end("20"))).isEqualTo("1 lost");
    }

    @Test
    void half_a_message_is_torn() throws IOException, InterruptedException {
        String whole = event("10", 0);
        assertThat(read(whole.replaceFirst("data:0 .", "data:0 "), end("10"))).isEqualTo("0 lost, 1 torn");
    }

    @Test
    void an_offset_that_goes_back_is_reordered() throws IOException, InterruptedException {
        assertThat(read(event("20", 0), event("10", 1), end("20"))).isEqualTo("0 lost, 1 reordered");
    }

    @Test
    void an_offset_that_stood_elsewhere_is_misplaced() throws IOException, InterruptedException {
        stream.stands("20", 1);
        assertThat(read(event("10", 0), event("20", 1), end("20"))).isEqualTo("0 lost, 1 misplaced");
    }

    @Test
    void a_part_of_an_append_is_torn() throws IOException, InterruptedException {
        WatchStream whole = new WatchStream("watch/text", WatchStream.Kind.TEXT, 3);
        whole.sending(3);

        assertThat(read(whole, event("10", 0, 1), end("10"))).isEqualTo("0 lost, 1 torn");
    }

    private String event(String offset, int... numbers) {
        StringBuilder data = new StringBuilder("event: data\n");
        for (int number : numbers) {
            String message = new String(stream.message(number), StandardCharsets.US_ASCII);
            data.append("data:").append(message);
        }
        return data + "data:\n\nevent: control\ndata:{\"streamNextOffset\":\"" + offset + "\"}\n\n";
    }

    private static String end(String offset) {
        return "event: control\ndata:{\"streamNextOffset\":\"" + offset + "\",\"streamClosed\":true}\n\n";
    }

    private String read(String... events) throws IOException, InterruptedException {
        return read(stream, events);
    }

    private String read(WatchStream followed, String... events) throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            Thread answering = Thread.ofVirtual().start(() -> answer(server, List.of(events)));
            new WatchReader("reader", followed, WatchReader.Mode.SSE, "-1", 0, server.getLocalPort(), findings, 1)
                    .run();
            answering.join();
        }
        return findings.summary(Findings.Kind.LOST);
    }

    private static void answer(ServerSocket server, List<String> events) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            int blank = 0;
            for (int b = socket.getInputStream().read();
                    b >= 0 && blank < 3;
                    b = socket.getInputStream().read()) {
                blank = b == '\r' || b == '\n' ? blank + 1 : 0;
            }
            String body = String.join("", events);
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
