package dev.varve.bench.crowds;

import dev.varve.bench.Http;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, with a heap that is too small for anything without a bound. Confined to one thread. */
final class CrowdServer implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 150_000;

    private final ServerProcess process;
    private final Path log;

    private CrowdServer(ServerProcess process, Path log) {
        this.process = process;
        this.log = log;
    }

    static CrowdServer start(Path work, String name, String heap, int maxConnections)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>();
        environment.put("VARVE_HEAP", heap);
        environment.put("VARVE_MAX_CONNECTIONS", Integer.toString(maxConnections));
        environment.put("VARVE_SSE_LIFETIME", "1h");
        environment.put("VARVE_LOG_LEVEL", "warn");
        Path data = work.resolve(name);
        ServerProcess process =
                new ServerProcess(Servers.varve(), data, ServerProcess.freePort(), environment, ServerProcess.HTTP);
        var _ = process.start(Map.of());
        return new CrowdServer(process, data.resolveSibling(name + ".log"));
    }

    int port() {
        return process.port();
    }

    void create(String path) throws IOException {
        try (Http http = new Http(port(), TIMEOUT_MILLIS)) {
            int status = http.send("PUT", "/v1/stream/" + path, new byte[0], "Content-Type", "text/plain")
                    .status();
            if (status != 201) {
                throw new IOException("creating " + path + " gives status " + status);
            }
        }
    }

    /** Appends one after the other. Returns the offset behind the last. */
    String append(String path, List<byte[]> bodies) throws IOException {
        String offset = "-1";
        try (Http http = new Http(port(), TIMEOUT_MILLIS)) {
            for (byte[] body : bodies) {
                Http.Answer answer = http.send("POST", "/v1/stream/" + path, body, "Content-Type", "text/plain");
                String next = answer.header("stream-next-offset");
                if (answer.status() != 204 || next == null) {
                    throw new IOException("appending to " + path + " gives " + answer.status() + " " + answer.text());
                }
                offset = next;
            }
        }
        return offset;
    }

    /** A figure of the metrics page. */
    double metric(String name) throws IOException {
        try (Http http = new Http(port(), TIMEOUT_MILLIS)) {
            Matcher line = Pattern.compile("(?m)^" + name + " ([0-9.E+-]+)$")
                    .matcher(http.send("GET", "/metrics", new byte[0]).text());
            if (!line.find()) {
                throw new IOException("there is no metric " + name);
            }
            return Double.parseDouble(line.group(1));
        }
    }

    long residentBytes() throws IOException {
        return process.residentBytes();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Lines in which the server complains of itself. */
    List<String> complaints() throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains("ERROR") || line.contains("OutOfMemory") || line.contains("Exception"))
                .limit(5)
                .toList();
    }

    /** Ends it in order. Returns the exit code. */
    int stop() throws IOException, InterruptedException {
        return process.stop();
    }

    @Override
    public void close() {
        process.close();
    }
}
