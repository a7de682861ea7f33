package dev.varve.bench;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server under test: a process of its own that can be started, killed with SIGKILL, started again on the same port
 * and data, and asked for its processor time. Confined to one thread.
 */
public final class ServerProcess implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(35);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);
    private static final long TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux

    private static final int MAX_PORTS_TRIED = 100;

    /** A loopback address on which no server listens. */
    private static final byte[] RESERVATION_ADDRESS = {127, 0, 0, 2};

    private static final List<ServerSocket> RESERVED = new ArrayList<>();

    /** Answers whether the server on a port serves. */
    @FunctionalInterface
    public interface Probe {
        boolean serves(int port) throws IOException;
    }

    /** Ready when {@code /readyz} is answered; a server without that route says 404, which will do. */
    public static final Probe HTTP = port -> {
        try (Http http = new Http(port, 5_000)) {
            return http.send("GET", "/readyz", new byte[0]).status() != 503;
        }
    };

    private final List<String> command;
    private final Map<String, String> environment;
    private final int port;
    private final Path log;
    private final Probe probe;
    private @Nullable Process process;
    private @Nullable Thread reaper;

    /**
     * Prepares a server; it does not run yet.
     *
     * @param template the command; {@code {port}} and {@code {data}} in its words are replaced. It must become the
     *     server (a script ends in {@code exec}), or a kill would hit something else
     * @param data the data directory
     * @param environment more environment variables
     */
    public ServerProcess(List<String> template, Path data, int port, Map<String, String> environment, Probe probe) {
        this(template, data, data.resolveSibling(data.getFileName() + ".log"), port, environment, probe);
    }

    /** As the other, with a file for what the server writes to standard output and error. */
    public ServerProcess(
            List<String> template, Path data, Path log, int port, Map<String, String> environment, Probe probe) {
        List<String> words = new ArrayList<>();
        for (String word : template) {
            words.add(word.replace("{port}", Integer.toString(port)).replace("{data}", data.toString()));
        }
        this.command = List.copyOf(words);
        this.environment = Map.copyOf(environment);
        this.port = port;
        this.log = log;
        this.probe = probe;
    }

    /** A port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    /**
     * A port for servers that listen on 127.0.0.1 only, until this process ends: no other process that asks in this way is given
     * it. One that ran beside another has read from the other's server.
     */
    public static synchronized int reservePort() throws IOException {
        for (int tries = 1; ; tries++) {
            int port = freePort();
            try {
                RESERVED.add(new ServerSocket(port, 1, InetAddress.getByAddress(RESERVATION_ADDRESS)));
                return port;
            } catch (BindException e) {
                if (tries == MAX_PORTS_TRIED) {
                    throw e;
                }
            }
        }
    }

    public int port() {
        return port;
    }

    /** Starts the process and returns at once. */
    public void launch(Map<String, String> more) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        Process started = builder.start();
        process = started;
        if (reaper == null) {
            Thread hook = new Thread(this::killQuietly, "reaper");
            reaper = hook;
            Runtime.getRuntime().addShutdownHook(hook);
        }
    }

    /** Waits until the server serves. */
    public void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                if (probe.serves(port)) {
                    return;
                }
            } catch (IOException e) {
                // Nobody listens yet.
            }
            if (!isAlive()) {
                throw new IOException("the server ended with " + running().exitValue() + ": " + logTail());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(
                        "the server is not ready after " + START_TIMEOUT.toSeconds() + " s: " + logTail());
            }
            Thread.sleep(5);
        }
    }

    /** Starts the server and waits until it serves. */
    public Duration start(Map<String, String> more) throws IOException, InterruptedException {
        long began = System.nanoTime();
        launch(more);
        awaitReady();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    public boolean isAlive() {
        Process now = process;
        return now != null && now.isAlive();
    }

    /** SIGKILL: the process gets no chance to write or to say goodbye. */
    public void kill() throws InterruptedException {
        running().destroyForcibly().waitFor();
    }

    /** The number of the process. */
    public long pid() {
        return running().pid();
    }

    /** Waits for the process to end by itself. Returns its exit code, or null when it still runs after that time. */
    public @Nullable Integer awaitEnd(Duration atMost) throws InterruptedException {
        Process now = running();
        return now.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS) ? now.exitValue() : null;
    }

    /** SIGTERM. Returns the exit code. */
    public int stop() throws IOException, InterruptedException {
        Process now = running();
        now.destroy();
        if (!now.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
            kill();
            throw new IOException(
                    "the server still ran " + STOP_TIMEOUT.toSeconds() + " s after SIGTERM: " + logTail());
        }
        return now.exitValue();
    }

    /** Processor time the server has used so far, in user and kernel mode, with that of the processes it has started. */
    public long cpuMicros() throws IOException {
        // A child that has ended counts with the one that started it from then on.
        return micros(pid(), 11) + micros(pid(), 13) + ofChildren(pid -> nanosOfThreads(pid) / 1_000 + micros(pid, 13));
    }

    /** Reads something of a process. */
    @FunctionalInterface
    private interface Reading {
        long of(long pid) throws IOException;
    }

    /** What is read of all processes the server has started; of those that end meanwhile, nothing. */
    private long ofChildren(Reading reading) throws IOException {
        long sum = 0;
        for (ProcessHandle child : running().descendants().toList()) {
            try {
                sum += reading.of(child.pid());
            } catch (AccessDeniedException e) {
                throw e;
            } catch (IOException e) {
                // It has ended: its files are missing, or there still and cannot be read, or say nothing of memory.
            }
        }
        return sum;
    }

    /** Two fields of {@code stat}: 11 its own time, 13 that of its children that have ended. */
    private static long micros(long pid, int field) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1])) * (1_000_000 / TICKS_PER_SECOND);
    }

    /** Where many processes share the work, each does less in a turn than the 10 ms that {@code stat} counts in. */
    private static long nanosOfThreads(long pid) throws IOException {
        long nanos = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                nanos += Long.parseLong(
                        Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return nanos;
    }

    /** Resident memory of the server; of the processes it has started their share of what is in use by several. */
    public long residentBytes() throws IOException {
        return (kibibytes(pid(), "status", "VmRSS:") + ofChildren(pid -> kibibytes(pid, "smaps_rollup", "Pss:")))
                * 1024;
    }

    private static long kibibytes(long pid, String file, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), file))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("the server has no memory any more");
    }

    /** The last lines the server wrote, on one line. */
    public String logTail() throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.UTF_8) : List.of();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }

    private Process running() {
        Process now = process;
        if (now == null) {
            throw new IllegalStateException("the server was not started");
        }
        return now;
    }

    private void killQuietly() {
        Process now = process;
        if (now == null) {
            return;
        }
        if (now.children().findAny().isPresent()) {
            // Killed it would leave them behind; asked it ends them.
            now.destroy();
            now.onExit()
                    .completeOnTimeout(now, END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
        now.destroyForcibly();
    }

    @Override
    public void close() {
        killQuietly();
        Thread hook = reaper;
        if (hook != null) {
            Runtime.getRuntime().removeShutdownHook(hook);
            reaper = null;
        }
    }
}
