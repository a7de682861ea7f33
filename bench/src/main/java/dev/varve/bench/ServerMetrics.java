package dev.varve.bench;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Reads the figures that a server publishes. Stateless. */
final class ServerMetrics {

    private static final int TIMEOUT_MILLIS = 300_000;

    private ServerMetrics() {}

    /** The figures without labels, by name. */
    static Map<String, Double> of(int port) throws IOException {
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            Http.Answer answer = http.send("GET", "/metrics", new byte[0]);
            if (answer.status() != 200) {
                throw new IOException("the metrics give status " + answer.status() + " " + answer.text());
            }
            Map<String, Double> figures = new HashMap<>();
            answer.text().lines().filter(line -> line.matches("[a-z_]+ \\S+")).forEach(line -> {
                String[] words = line.split(" ");
                figures.put(words[0], Double.valueOf(words[1]));
            });
            return figures;
        }
    }
}
