package dev.varve.bench.corrupt;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.bench.Directories;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A {@link Worker} seen from outside: started when needed, started again when it has died. Confined to one thread. */
final class WorkerProcess implements AutoCloseable {

    private static final String END = "\u0000end";
    private static final int CASE_SECONDS = 240;
    private static final String HEAP = "-Xmx160m";
    private static final String DIRECT = "-XX:MaxDirectMemorySize=64m";
    /** RocksDB's allocator keeps what it had; a fresh process now and then keeps that out of the picture. */
    private static final int CASES_PER_PROCESS = 5_000;

    private final Path root;
    private final Path work;
    private @Nullable Process process;
    private @Nullable BufferedWriter cases;
    private BlockingQueue<String> verdicts = new ArrayBlockingQueue<>(2);
    private int done;

    WorkerProcess(Path root, Path work) {
        this.root = root;
        this.work = work;
    }

    /** Has a case judged. */
    Verdict judge(Damage damage, boolean thorough) throws IOException, InterruptedException {
        if (done >= CASES_PER_PROCESS) {
            close();
        }
        if (process == null) {
            start();
        }
        done++;
        BufferedWriter to = cases;
        Process running = process;
        if (to == null || running == null) {
            throw new IOException("no worker");
        }
        try {
            to.write((thorough ? Worker.THOROUGH : "") + damage + "\n");
            to.flush();
        } catch (IOException e) {
            return died(running);
        }
        String line = null;
        // Second by second, so that the time in which all processes were stopped counts little.
        for (int i = 0; i < CASE_SECONDS && line == null; i++) {
            line = verdicts.poll(1, TimeUnit.SECONDS);
        }
        if (line == null) {
            String stacks = stacks(running);
            kill();
            return new Verdict(Verdict.Kind.WRONG, "no verdict within " + CASE_SECONDS + " s: " + stacks);
        }
        return line.equals(END) ? died(running) : Verdict.parse(line);
    }

    private Verdict died(Process running) throws IOException, InterruptedException {
        running.waitFor(10, TimeUnit.SECONDS);
        String status = running.isAlive() ? "without ending" : "with status " + running.exitValue();
        kill();
        return new Verdict(Verdict.Kind.WRONG, "the process died " + status + "; its last words are in " + log());
    }

    private static String stacks(Process running) throws IOException, InterruptedException {
        Process jstack = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jstack")
                                .toString(),
                        Long.toString(running.pid()))
                .redirectErrorStream(true)
                .start();
        String text = new String(jstack.getInputStream().readAllBytes(), UTF_8);
        jstack.waitFor(10, TimeUnit.SECONDS);
        return text.lines()
                .filter(line -> line.contains("dev.varve"))
                .limit(40)
                .toList()
                .toString();
    }

    private Path log() {
        return work.resolveSibling(work.getFileName() + ".log");
    }

    private void start() throws IOException {
        Files.createDirectories(work);
        Process started = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        DIRECT,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-XX:ErrorFile=" + work.resolveSibling("died-%p.txt"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Worker.class.getName(),
                        root.toString(),
                        work.toString()))
                .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
        BlockingQueue<String> lines = new ArrayBlockingQueue<>(2);
        Thread.ofPlatform().daemon().name("verdicts").start(() -> read(started, lines));
        process = started;
        cases = new BufferedWriter(new OutputStreamWriter(started.getOutputStream(), UTF_8));
        verdicts = lines;
        done = 0;
    }

    private static void read(Process from, BlockingQueue<String> lines) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(from.getInputStream(), UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.put(line);
            }
            lines.put(END);
        } catch (IOException | InterruptedException e) {
            lines.offer(END);
        }
    }

    private void kill() throws IOException {
        Process running = process;
        process = null;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
        if (Files.exists(work)) {
            Directories.delete(work);
        }
    }

    /** Ends the process. */
    @Override
    public void close() throws IOException {
        kill();
    }
}
