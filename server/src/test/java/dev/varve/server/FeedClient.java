package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A client that reads what comes of a feed, block by block. Confined to the test's thread. */
class FeedClient implements AutoCloseable {

    final RawConnection connection;
    private final String separator;
    private final List<String> ready = new ArrayList<>();
    private String rest = "";

    FeedClient(EntriesApi from, int receiveBufferBytes, String url, boolean lines, String... headers)
            throws IOException {
        connection = RawConnection.open(from.http.server.port(), receiveBufferBytes);
        separator = lines ? "\n" : "\n\n";
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Accept: " + (lines ? "application/x-ndjson" : "text/event-stream"));
        connection.request("GET", url, "", all.toArray(String[]::new));
        RawConnection.Answer head = connection.answer();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).isEqualTo(lines ? "application/x-ndjson" : "text/event-stream");
        assertThat(head.header("cache-control")).isEqualTo("no-cache");
    }

    /** The next block. */
    final String next() throws IOException {
        while (ready.isEmpty()) {
            String chunk = connection.chunkText();
            assertThat(chunk).as("the answer goes on").isNotEmpty();
            rest += chunk;
            for (int end = rest.indexOf(separator); end >= 0; end = rest.indexOf(separator)) {
                ready.add(rest.substring(0, end));
                rest = rest.substring(end + separator.length());
            }
        }
        return ready.removeFirst();
    }

    final JsonNode line() throws IOException {
        return EntriesApi.json(next());
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
