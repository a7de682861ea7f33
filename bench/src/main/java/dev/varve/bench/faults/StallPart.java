package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Load.Sample;
import dev.varve.bench.faults.Strace.Injection;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Durable writes that take long: while one hangs, health is answered, the queue stays bounded and writes that would wait for
 * more than a second are refused with 503; soon afterwards everything is as quick as before. A loop that commits hangs with
 * the first of them: writers that are connected to it hear of the refusal when that one ends, newcomers at once.
 */
final class StallPart implements Part {

    private static final int WRITERS = 16;
    private static final int SEGMENTS = 12;
    private static final long HEALTH_EVERY_MILLIS = 100;
    private static final double HEALTH_SECONDS = 2;
    private static final double REFUSED_WITHIN_SECONDS = 3;

    /** A newcomer may still be handed to the loop that hangs while the stall is younger than this. */
    private static final double NOTICED_WITHIN_SECONDS = 1.5;

    private static final double RECOVERY_SECONDS = 5;
    private static final double QUICK_SECONDS = 0.1;
    private static final long MAX_RESIDENT_BYTES = 1_200L << 20;

    /** How many calls of a thread go well first. */
    private static final int QUICK_CALLS = 800;

    /** Some calls in a row that take some time each. */
    record Stall(String each, double seconds, int calls) {}

    private static final List<Stall> SMALL = List.of(new Stall("1s", 1, 3));
    private static final List<Stall> LARGE =
            List.of(new Stall("100ms", 0.1, 100), new Stall("1s", 1, 10), new Stall("30s", 30, 1));

    @Override
    public String name() {
        return "stall";
    }

    @Override
    public boolean isSmall() {
        return false;
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Tools.requireStrace();
        for (Stall stall : stage.large() ? LARGE : SMALL) {
            run(stage, stall);
        }
    }

    private static void run(Stage stage, Stall stall) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = stage.scene(stall.calls() + " syncs of " + stall.each());
        Path log = scene.file("strace.log");
        List<String> segments = IntStream.rangeClosed(1, SEGMENTS)
                .mapToObj(number -> scene.data()
                        .resolve("journal")
                        .resolve(String.format(Locale.ROOT, "%012d.segment", number))
                        .toString())
                .toList();
        String fault =
                "delay_enter=" + stall.each() + ":when=" + QUICK_CALLS + ".." + (QUICK_CALLS + stall.calls() - 1);
        List<Sample> samples;
        List<Double> health = new ArrayList<>();
        Newcomers newcomers = new Newcomers(scene);
        double watched;
        try (ServerProcess server = scene.server(Strace.injecting("pwrite64", segments, fault, log), Map.of())) {
            server.start(Map.of());
            Load load = new Load(scene, WRITERS, 0);
            newcomers.start();
            long resident = watch(scene, server, stall, load, health);
            // Each thread that writes meets the fault once, the next one perhaps only now: that is not judged.
            watched = now();
            newcomers.finish();
            load.finish();
            samples = load.samples().stream()
                    .filter(sample -> sample.endEpochSeconds() < watched)
                    .toList();
            if (resident > MAX_RESIDENT_BYTES) {
                scene.wrong(Kind.REFUSED, "the server grew to " + resident + " bytes");
            }
            if (load.unanswered() > 0) {
                scene.wrong(Kind.REFUSED, load.unanswered() + " requests were not answered");
            }
            stage.count("writes refused with 503 during stalls", load.problems("503 overloaded"));
            scene.check();
            long pid = server.pid();
            int exit = server.stop();
            if (exit != 0) {
                scene.wrong(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ": " + scene.log());
            }
            Strace.awaitEnd(log, pid);
        }
        List<Injection> stalls = Strace.injections(log).stream()
                .filter(hung -> hung.epochSeconds() + stall.seconds() + RECOVERY_SECONDS < watched)
                .toList();
        judge(stage, scene, stall, samples, health, stalls);
        judge(stage, scene, stall, newcomers.samples(), stalls);
        scene.checkAfterRestart();
        stage.strike(scene, before);
    }

    /** Asks for health all the time until the stalls are over for long enough. Returns the largest memory seen. */
    private static long watch(Scene scene, ServerProcess server, Stall stall, Load load, List<Double> health)
            throws IOException, InterruptedException {
        long resident = 0;
        Path log = scene.file("strace.log");
        double giveUp = now() + 60 + 3 * stall.seconds() * stall.calls();
        double over = Double.MAX_VALUE;
        try (Http http = new Http(scene.port(), 40_000)) {
            while (now() < giveUp) {
                long began = System.nanoTime();
                int status = http.send("GET", "/healthz", new byte[0]).status();
                health.add((System.nanoTime() - began) / 1e9);
                if (status != 200) {
                    scene.wrong(Kind.REFUSED, "/healthz answers " + status + " during a stall");
                }
                resident = Math.max(resident, server.residentBytes());
                List<Injection> stalls = Strace.injections(log);
                if (stalls.size() >= stall.calls()) {
                    over = stalls.getLast().epochSeconds() + stall.seconds();
                }
                // The log shows a stall when it ends: while another one hangs, nothing is acknowledged.
                double quickFrom = over + RECOVERY_SECONDS;
                if (now() > quickFrom + 3
                        && Load.median(load.samples(), sample -> sample.sentEpochSeconds() > quickFrom) >= 0) {
                    return resident;
                }
                Thread.sleep(HEALTH_EVERY_MILLIS);
            }
        }
        scene.wrong(
                Kind.REFUSED,
                "too few stalls came: " + Strace.injections(log).size() + ", "
                        + load.samples().size() + " writes");
        return resident;
    }

    private static void judge(
            Stage stage, Scene scene, Stall stall, List<Sample> samples, List<Double> health, List<Injection> stalls) {
        if (stalls.isEmpty()) {
            return;
        }
        double first = stalls.getFirst().epochSeconds();
        double last = stalls.getLast().epochSeconds() + stall.seconds();
        double quick = Load.median(samples, sample -> sample.endEpochSeconds() < first);
        double after = Load.median(samples, sample -> sample.sentEpochSeconds() > last + RECOVERY_SECONDS);
        double slowestHealth =
                health.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        long refused = samples.stream()
                .filter(sample -> !sample.acknowledged() && sample.sentEpochSeconds() > first)
                .count();
        double firstEnd = first + stall.seconds();
        double slowestRefusal = samples.stream()
                .filter(sample -> !sample.acknowledged())
                .mapToDouble(sample -> waited(sample, first, firstEnd))
                .max()
                .orElse(0);
        if (after < 0 || after > Math.max(QUICK_SECONDS, 3 * quick)) {
            scene.wrong(Kind.REFUSED, "an append takes " + after + " s after the stalls, before them " + quick + " s");
        }
        if (slowestHealth > HEALTH_SECONDS) {
            scene.wrong(Kind.REFUSED, "/healthz took " + slowestHealth + " s");
        }
        if (stall.seconds() > 1.5 && refused == 0) {
            scene.wrong(Kind.REFUSED, "no write was refused while one hung for " + stall.each());
        }
        if (slowestRefusal > REFUSED_WITHIN_SECONDS) {
            scene.wrong(Kind.REFUSED, "a refusal took " + slowestRefusal + " s");
        }
        stage.count("stalled syncs", stalls.size());
        stage.say(String.format(
                Locale.ROOT,
                "%d syncs of %s: %d refused (slowest %.2f s), health at most %.3f s, median append %.2f ms before, %.2f ms after",
                stalls.size(),
                stall.each(),
                refused,
                slowestRefusal,
                slowestHealth,
                quick * 1e3,
                after * 1e3));
    }

    /** How long a writer waited, but for the time in which its loop hung. */
    private static double waited(Sample sample, double hangs, double ends) {
        double hung = Math.min(sample.endEpochSeconds(), ends) - Math.max(sample.sentEpochSeconds(), hangs);
        return sample.seconds() - Math.max(0, hung);
    }

    /** Judges requests that came on connections of their own. */
    private static void judge(Stage stage, Scene scene, Stall stall, List<Sample> newcomers, List<Injection> stalls) {
        List<Sample> during = newcomers.stream()
                .filter(sample -> stalls.stream()
                        .anyMatch(hung -> sample.sentEpochSeconds() > hung.epochSeconds() + NOTICED_WITHIN_SECONDS
                                && sample.sentEpochSeconds() < hung.epochSeconds() + stall.seconds()))
                .toList();
        double slowest = during.stream().mapToDouble(Sample::seconds).max().orElse(0);
        if (slowest > REFUSED_WITHIN_SECONDS) {
            scene.wrong(Kind.REFUSED, "a newcomer's write took " + slowest + " s during a stall");
        }
        if (stall.seconds() > 2 * NOTICED_WITHIN_SECONDS && during.isEmpty()) {
            scene.wrong(Kind.REFUSED, "no newcomer wrote during a stall");
        }
        stage.count("writes of newcomers during stalls", during.size());
        stage.say(String.format(
                Locale.ROOT, "%d writes of newcomers while one hung, slowest %.2f s", during.size(), slowest));
    }

    private static double now() {
        return System.currentTimeMillis() / 1_000.0;
    }
}
