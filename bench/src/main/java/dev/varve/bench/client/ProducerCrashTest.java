package dev.varve.bench.client;

import dev.varve.api.ItemPosition;
import dev.varve.api.ItemReader;
import dev.varve.api.ProducerOptions;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamItem;
import dev.varve.api.StreamProducer;
import dev.varve.api.TypedStream;
import dev.varve.api.Varve;
import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.client.JsonCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A program that appends numbers with an outbox is killed again and again, at any moment, and started anew; now and then the server is
 * killed under it, too. Each number must stand in the stream once, in order. Confined to one thread.
 */
public final class ProducerCrashTest {

    private static final String STREAM = "crash/numbers";
    private static final int LAST_NUMBERS = 1_000;
    /** How many more kills there may be until something is accepted. */
    private static final int MOST_MORE = 8;

    private static final String[] OPTIONS = {
        "--kills", "10",
        "--server-kill-every", "4",
        "--longest-millis", "400",
        "--seed", "random",
        "--command", "",
        "--keep", "off",
    };

    private ProducerCrashTest() {}

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        if (!args.isEmpty() && args.getFirst().equals("--produce")) {
            produce(URI.create(args.get(1)), Path.of(args.get(2)), Long.parseLong(args.get(3)));
            return 0;
        }
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-producer-");
        List<String> command = options.text("--command").isEmpty()
                ? Servers.varve()
                : List.of(options.text("--command").strip().split("\\s+"));
        boolean good = false;
        try (ServerProcess server = new ServerProcess(
                command, work.resolve("data"), ServerProcess.reservePort(), Map.of(), ServerProcess.HTTP)) {
            good = run(options, new SplittableRandom(seed), server, work);
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("producer: data, log and outbox are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    private static boolean run(Options options, SplittableRandom random, ServerProcess server, Path work)
            throws IOException, InterruptedException {
        server.start(Map.of());
        URI url = URI.create("http://127.0.0.1:" + server.port());
        Path outbox = work.resolve("numbers.outbox");
        try (Varve varve = Varve.connect(url)) {
            varve.streams().create(STREAM, StreamConfig.of("application/json"));
        }
        int serverKills = 0;
        int least = options.number("--kills");
        int kills = least;
        int longestMillis = options.number("--longest-millis");
        long accepted = 0;
        // On a slow machine programs that are killed so soon may not have begun yet: then more follow, which are given
        // longer.
        for (int kill = 1; kill <= least || accepted == 0; kill++) {
            Process program = start(url, outbox, Long.MAX_VALUE);
            // It also dies while it opens its outbox, and resends.
            Thread.sleep(random.nextInt(longestMillis + 1));
            if (kill % options.number("--server-kill-every") == 0) {
                server.kill();
                server.start(Map.of());
                serverKills++;
                Thread.sleep(random.nextInt(longestMillis + 1));
            }
            if (!program.isAlive()) {
                System.out.println("producer: the program ended by itself with " + program.exitValue());
                return false;
            }
            program.destroyForcibly().waitFor();
            if (kill >= least) {
                longestMillis *= 2;
                accepted = accepted(url, outbox);
                kills = kill;
            }
            if (kills == least + MOST_MORE) {
                System.out.println("producer: nothing was ever accepted");
                return false;
            }
        }
        long all = accepted + LAST_NUMBERS;
        Process last = start(url, outbox, all);
        if (last.waitFor() != 0) {
            System.out.println("producer: the last program ended with " + last.exitValue());
            return false;
        }
        Findings findings = new Findings();
        compare(url, all, findings);
        findings.words().forEach(words -> System.out.println("producer: " + words));
        System.out.println("producer: " + kills + " kills of the program, " + serverKills + " of the server, " + all
                + " items, " + findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.REORDERED));
        return findings.none();
    }

    /** Starts the program and waits until it has its outbox open or is about to. */
    private static Process start(URI url, Path outbox, long until) throws IOException {
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.varve.bench.Bench",
                        "producer",
                        "--produce",
                        url.toString(),
                        outbox.toString(),
                        Long.toString(until))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8));
        if (said.readLine() == null) {
            throw new IOException("the program ended before it began");
        }
        return program;
    }

    /** What runs in the program that is killed. */
    private static void produce(URI url, Path outbox, long until) {
        System.out.println("begins");
        ProducerOptions options = ProducerOptions.DEFAULT
                .withLinger(Duration.ofMillis(1))
                .withMaxBatch(16 << 10, 500)
                .withOutbox(outbox);
        try (Varve varve = Varve.connect(url);
                StreamProducer producer = varve.streams().producer(STREAM, options)) {
            for (long number = producer.accepted(); number < until; number++) {
                producer.add(Long.toString(number).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static long accepted(URI url, Path outbox) {
        try (Varve varve = Varve.connect(url);
                StreamProducer producer =
                        varve.streams().producer(STREAM, ProducerOptions.DEFAULT.withOutbox(outbox))) {
            return producer.accepted();
        }
    }

    private static void compare(URI url, long all, Findings findings) {
        try (Varve varve = Varve.connect(url)) {
            varve.streams().close(STREAM);
            TypedStream<Long> stream = varve.streams().typed(STREAM, JsonCodec.of(Long.class));
            long expected = 0;
            try (ItemReader<Long> reader = stream.follow(ItemPosition.BEGINNING)) {
                while (reader.hasNext()) {
                    StreamItem<Long> item = reader.next();
                    if (item.value() < expected) {
                        findings.add(Kind.DUPLICATED, item.value() + " stands there again before " + item.next());
                    } else if (item.value() > expected) {
                        findings.add(Kind.LOST, expected + " up to " + item.value() + " before " + item.next());
                    }
                    expected = Math.max(expected, item.value() + 1);
                }
            }
            if (expected != all) {
                findings.add(Kind.LOST, "the stream ends at " + expected + " of " + all);
            }
        }
    }
}
