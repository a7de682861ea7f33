package dev.varve.bench.faults;

import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.CrashCheck;
import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Oracle;
import dev.varve.bench.Payloads;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.bench.events.EventNotes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One data directory, the servers that run on it one after the other, and what is known of its content. Confined to one
 * thread.
 */
final class Scene implements AutoCloseable {

    /** How many append to the log of events. */
    static final int EVENT_WRITERS = 2;

    private static final Duration READ_TIMEOUT = Duration.ofMinutes(5);

    private final String name;
    private final Path directory;
    private final Path data;
    private final long seed;
    private final int port;
    private final Oracle oracle;
    private final EventNotes events;
    private final Findings findings;
    private final List<ServerProcess> servers = new ArrayList<>();

    /**
     * Sets up an empty scene.
     *
     * @param directory for log and oracle's journal; it must not exist yet
     * @param data the data directory, which may be on another disk
     * @param port on which its servers listen
     * @param findings takes what is wrong
     */
    Scene(String name, Path directory, Path data, int port, long seed, Findings findings) throws IOException {
        this.name = name;
        this.directory = Files.createDirectories(directory);
        this.data = data;
        this.seed = seed;
        this.port = port;
        this.oracle = new Oracle(directory.resolve("oracle.journal"), seed);
        this.events = new EventNotes(port, EVENT_WRITERS, 1, findings, seed);
        this.findings = findings;
    }

    Path data() {
        return data;
    }

    Path file(String fileName) {
        return directory.resolve(fileName);
    }

    int port() {
        return port;
    }

    Oracle oracle() {
        return oracle;
    }

    /** What is known of events, and who asks for them: {@link #EVENT_WRITERS} writers of a log and one client of transactions. */
    EventNotes events() {
        return events;
    }

    Payloads payloads() {
        return new Payloads(seed);
    }

    /** Notes that something is wrong. */
    void wrong(Kind kind, String what) {
        System.out.println("faults: " + name + ": " + what);
        findings.add(kind, name + ": " + what);
    }

    /**
     * A server on the data; it does not run yet.
     *
     * @param before words before its command, of a program that becomes it or starts it
     * @param settings options of {@code varve serve}
     */
    ServerProcess server(List<String> before, Map<String, String> environment, String... settings) {
        List<String> command = new ArrayList<>(before);
        command.addAll(Servers.varve());
        command.addAll(List.of(settings));
        ServerProcess server =
                new ServerProcess(command, data, file("data.log"), port, environment, ServerProcess.HTTP);
        servers.add(server);
        return server;
    }

    /** Everything the server has written to its standard output and error. */
    String log() throws IOException {
        Path log = file("data.log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** Compares what a running server holds with what is known. */
    void check() throws IOException {
        CrashCheck check = new CrashCheck(port, "crash/", payloads(), findings, true, new SplittableRandom(seed));
        long before = findings.count();
        try {
            oracle.ask(history -> {
                try {
                    check.run(history, true);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return history;
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        try (Varve varve = EventNotes.connect(port, READ_TIMEOUT)) {
            events.check(varve);
        } catch (VarveException e) {
            wrong(Kind.LOST, "events cannot be compared: " + e);
        }
        if (findings.count() > before) {
            wrong(Kind.REFUSED, "the findings before this one are of this case");
        }
    }

    /** A server without faults starts, holds what was acknowledged, and ends in good order. */
    void checkAfterRestart(String... settings) throws InterruptedException {
        try (ServerProcess server = server(List.of(), Map.of(), settings)) {
            server.start(Map.of());
            check();
            int exit = server.stop();
            if (exit != 0) {
                wrong(Kind.REFUSED, "after SIGTERM the server without faults ended with " + exit + ": " + log());
            }
        } catch (IOException e) {
            wrong(Kind.LOST, "without faults: " + e.getMessage());
        }
    }

    /** Waits for a server that has to end by itself. */
    void mustEnd(ServerProcess server, Duration within, String why) throws IOException, InterruptedException {
        if (server.awaitEnd(within) == null) {
            wrong(Kind.REFUSED, "the server still runs " + within.toSeconds() + " s after " + why + ": " + log());
            server.kill();
        }
    }

    /** Removes everything. */
    void delete() throws IOException {
        close();
        Directories.delete(directory);
    }

    @Override
    public void close() throws IOException {
        servers.forEach(ServerProcess::close);
        servers.clear();
        oracle.close();
    }
}
