package dev.varve.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Servers side by side: one driver gives each a short turn, round after round, so that the machine's moods fall on all of
 * them alike. The order changes from round to round, with a pause before each turn, or the one behind a server that finishes its
 * work late would pay for it; that work counts as the server's own. Rate and processor time are medians of the rounds, latencies those of
 * all rounds together. Confined to one thread.
 *
 * @param <P> what tells the servers apart
 */
final class Contest<P> implements Closeable {

    private static final long SETTLE_MILLIS = 300;

    private final Map<P, Contestant> contestants = new LinkedHashMap<>();
    private final Function<P, String> label;

    Contest(Function<P, String> label) {
        this.label = label;
    }

    /** One turn of one server. */
    private record Turn(double perSecond, double cpuMicros) {}

    /** What a server did in all its turns. */
    private record Result(
            double perSecond, double p50, double p99, double p999, double cpuMicros, long residentBytes) {}

    /** A running server, warmed up, and its callers. */
    static final class Contestant implements Closeable {
        private final ServerProcess server;
        private final Load load;
        private final boolean shares;
        private final List<Turn> turns = new ArrayList<>();
        private long cpuSeen;

        Contestant(ServerProcess server, Load load) throws IOException {
            this(server, load, false);
        }

        private Contestant(ServerProcess server, Load load, boolean shares) throws IOException {
            this.server = server;
            this.load = load;
            this.shares = shares;
            this.cpuSeen = server.cpuMicros();
        }

        /** One of several on one server, which counts what the server does in their turns, and is not ended with them. */
        static Contestant sharing(ServerProcess server, Load load) throws IOException {
            return new Contestant(server, load, true);
        }

        private Turn turn(double seconds) throws IOException, InterruptedException {
            if (shares) {
                cpuSeen = server.cpuMicros();
            }
            long began = System.nanoTime();
            long done = load.run(seconds);
            double took = (System.nanoTime() - began) / 1e9;
            long cpuNow = server.cpuMicros();
            double cpu = (double) (cpuNow - cpuSeen) / Math.max(1, done);
            cpuSeen = cpuNow;
            Turn turn = new Turn(done / took, cpu);
            turns.add(turn);
            return turn;
        }

        private Result result() throws IOException, InterruptedException {
            Histogram latency = load.latencyNanos();
            return new Result(
                    Medians.median(turns.stream().map(Turn::perSecond).toList()),
                    millis(latency, 50),
                    millis(latency, 99),
                    millis(latency, 99.9),
                    Medians.median(turns.stream().map(Turn::cpuMicros).toList()),
                    server.residentBytes());
        }

        @Override
        public void close() throws IOException {
            try {
                load.close();
            } finally {
                if (!shares) {
                    server.close();
                }
            }
        }
    }

    /**
     * Who is compared by {@link #hold}: how a server is made, and who calls it once it runs.
     *
     * @param <P> what tells the servers apart
     */
    interface Entrant<P> {

        /** A server that was not started yet. */
        ServerProcess server(P peer, String program, Path work) throws IOException;

        /** The callers, before they are warmed up. */
        Load load(P peer, ServerProcess running) throws IOException, InterruptedException;

        /** Called when the report is printed, while all still runs. */
        default void reported() {}
    }

    /**
     * Starts servers, warms them up, has them compete and prints what came of it.
     *
     * @param what what they do, for the heading
     * @param peers with their programs
     * @param own whom the others are compared with
     * @param options with {@code --seconds}, {@code --warm-up}, {@code --rounds} and {@code --directory}
     */
    static <P> void hold(
            String what, Map<P, String> peers, Function<P, String> label, P own, Options options, Entrant<P> entrant)
            throws IOException, InterruptedException {
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: %s, turns of %.1f s after %.0f s of warm-up, %d rounds; %s%n",
                what,
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try (Contest<P> contest = new Contest<>(label)) {
            for (Map.Entry<P, String> peer : peers.entrySet()) {
                Path work = Files.createTempDirectory(directory, label.apply(peer.getKey()));
                ServerProcess server = entrant.server(peer.getKey(), peer.getValue(), work);
                contest.add(peer.getKey(), started(peer.getKey(), server, options.decimal("--warm-up"), entrant));
            }
            contest.run(options.number("--rounds"), options.decimal("--seconds"));
            contest.report(List.of(own));
            entrant.reported();
        } finally {
            Directories.delete(directory);
        }
    }

    private static <P> Contestant started(P peer, ServerProcess server, double warmUpSeconds, Entrant<P> entrant)
            throws IOException, InterruptedException {
        try {
            server.start(Map.of());
            Load load = entrant.load(peer, server);
            load.run(warmUpSeconds);
            load.forget();
            return new Contestant(server, load);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    void add(P peer, Contestant contestant) {
        contestants.put(peer, contestant);
    }

    void run(int rounds, double seconds) throws IOException, InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            StringBuilder line = new StringBuilder("bench: round ").append(round);
            List<Map.Entry<P, Contestant>> order = new ArrayList<>(contestants.entrySet());
            Collections.rotate(order, 1 - round);
            for (Map.Entry<P, Contestant> contestant : order) {
                // What a server still does after its turn must not fall into the next one's.
                Thread.sleep(SETTLE_MILLIS);
                Turn turn = contestant.getValue().turn(seconds);
                line.append("   %s %.0f/s %.1f us"
                        .formatted(label.apply(contestant.getKey()), turn.perSecond, turn.cpuMicros));
            }
            System.out.println(line);
        }
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    private void print(P peer, Result run) {
        System.out.printf(
                "bench: %-8s %9.0f/s   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/op   rss %d MiB%n",
                label.apply(peer),
                run.perSecond(),
                run.p50(),
                run.p99(),
                run.p999(),
                run.cpuMicros(),
                run.residentBytes() >> 20);
    }

    /** Prints what each did, and some's ratios to the others if they took part. */
    void report(List<P> ours) throws IOException, InterruptedException {
        Map<P, Result> results = new LinkedHashMap<>();
        for (Map.Entry<P, Contestant> contestant : contestants.entrySet()) {
            results.put(contestant.getKey(), contestant.getValue().result());
        }
        results.forEach(this::print);
        for (P one : ours) {
            Result result = results.get(one);
            if (result != null) {
                compare(one, result, results);
            }
        }
    }

    private void compare(P ours, Result result, Map<P, Result> results) {
        results.forEach((peer, other) -> {
            if (!peer.equals(ours)) {
                System.out.printf(
                        "bench: %s to %s: rate %.2fx, p50 %.2fx, p99 %.2fx, p99.9 %.2fx, cpu %.2fx%n",
                        label.apply(ours),
                        label.apply(peer),
                        result.perSecond() / other.perSecond(),
                        result.p50() / other.p50(),
                        result.p99() / other.p99(),
                        result.p999() / other.p999(),
                        result.cpuMicros() / other.cpuMicros());
            }
        });
    }

    @Override
    public void close() throws IOException {
        for (Contestant contestant : contestants.values()) {
            contestant.close();
        }
    }
}
