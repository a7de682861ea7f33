package dev.varve.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a server takes up at one moment. Immutable.
 *
 * @param seconds since the start of the load
 * @param residentBytes memory in use, as the kernel says
 * @param heapBytes the heap right after a collection, or -1 when none was asked for at this sample
 * @param files open descriptors that are not sockets
 * @param sockets open descriptors that are
 * @param threads threads of the operating system
 * @param journalBytes the journal's files
 * @param stateBytes the state's files, each counted once
 * @param heldBytes what the streams hold
 * @param streams streams in memory
 * @param checkpoints written since the start
 */
record SoakSample(
        long seconds,
        long residentBytes,
        long heapBytes,
        int files,
        int sockets,
        int threads,
        long journalBytes,
        long stateBytes,
        long heldBytes,
        long streams,
        long checkpoints) {

    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");
    private static final long TOOL_SECONDS = 60;
    private static final int TIMEOUT_MILLIS = 300_000;

    /** Takes one. */
    static SoakSample take(ServerProcess server, Path data, long seconds, boolean collect)
            throws IOException, InterruptedException {
        Path process = Path.of("/proc", Long.toString(server.pid()));
        int files = 0;
        int sockets = 0;
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().startsWith("socket:")) {
                        sockets++;
                    } else {
                        files++;
                    }
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        int threads = 0;
        for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.UTF_8)) {
            if (line.startsWith("Threads:")) {
                threads = Integer.parseInt(line.replaceAll("\\D", ""));
            }
        }
        long held;
        try (Http http = new Http(server.port(), TIMEOUT_MILLIS)) {
            held = HeldBytes.ofAll(http);
        }
        Map<String, Double> metrics = ServerMetrics.of(server.port());
        return new SoakSample(
                seconds,
                server.residentBytes(),
                collect ? heapAfterCollection(process) : -1,
                files,
                sockets,
                threads,
                DataFiles.bytes(data.resolve("journal")),
                DataFiles.bytes(data.resolve("state")),
                held,
                metrics.getOrDefault("varve_streams_in_memory", 0.0).longValue(),
                metrics.getOrDefault("varve_checkpoints_total", 0.0).longValue());
    }

    /** What the state takes up beyond what streams hold: what was deleted, the checkpoint before, tables and indexes. */
    long overheadBytes() {
        return Math.max(0, stateBytes - heldBytes);
    }

    /** Asks the JVM, by the tool that lies beside its java command. */
    static long heapAfterCollection(Path process) throws IOException, InterruptedException {
        Path tool = Files.readSymbolicLink(process.resolve("exe")).resolveSibling("jcmd");
        String pid = process.getFileName().toString();
        if (!Files.isExecutable(tool)) {
            return -1;
        }
        run(tool, pid, "GC.run");
        Matcher used = HEAP_USED.matcher(run(tool, pid, "GC.heap_info"));
        return used.find() ? Long.parseLong(used.group(1)) * 1024 : -1;
    }

    private static String run(Path tool, String pid, String command) throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(tool.toString(), pid, command)
                .redirectErrorStream(true)
                .start();
        String words = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!asked.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
            asked.destroyForcibly();
        }
        return words;
    }
}
