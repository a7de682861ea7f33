package dev.varve.bench.crowds;

import dev.varve.bench.Directories;
import dev.varve.bench.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Crowds against a server with a small heap: idle readers with short visits beside them, clients that are slow on purpose,
 * a reader that stalls among many, and overload. What depends on the machine's speed is said, and judged with
 * {@code --large} only. Confined to one thread, beside those it starts.
 */
public final class CrowdsTest {

    private static final String[] OPTIONS = {
        "--large", "off",
        "--parts", "idle,slow,stalled,overload",
        "--idle", "",
        "--visits", "",
        "--slow", "",
        "--readers", "",
        "--stalled-mebibytes", "",
        "--connections", "",
        "--factor", "10",
        "--seconds", "",
        "--heap", "128m",
        "--keep", "off",
    };

    private CrowdsTest() {}

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        boolean large = options.on("--large");
        Judgement judgement = new Judgement(large);
        String heap = options.text("--heap");
        Path work = Files.createTempDirectory("varve-crowds-");
        long began = System.nanoTime();
        try {
            for (String part : options.text("--parts").split(",")) {
                judgement.say("-- %s, on a heap of %s", part, heap);
                switch (part) {
                    case "idle" ->
                        IdlePart.run(
                                judgement,
                                work,
                                heap,
                                size(options, "--idle", 1_000, 10_000),
                                size(options, "--visits", 3_000, 50_000));
                    case "slow" -> SlowPart.run(judgement, work, heap, size(options, "--slow", 90, 1_000));
                    case "stalled" ->
                        StalledPart.run(
                                judgement,
                                work,
                                heap,
                                size(options, "--readers", 50, 1_000),
                                size(options, "--stalled-mebibytes", 8, 8));
                    case "overload" ->
                        OverloadPart.run(
                                judgement,
                                work,
                                heap,
                                size(options, "--connections", 400, 4_000),
                                options.number("--factor"),
                                size(options, "--seconds", 2, 20));
                    default ->
                        throw new Options.UsageException("--parts are idle, slow, stalled, overload, not " + part);
                }
            }
        } finally {
            if (judgement.good() && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                judgement.say("data and logs are in %s", work);
            }
        }
        judgement.say("%s after %.0f s", judgement.good() ? "all holds" : "FAILED", (System.nanoTime() - began) / 1e9);
        return judgement.good() ? 0 : 1;
    }

    private static int size(Options options, String name, int small, int large) {
        return options.text(name).isEmpty() ? (options.on("--large") ? large : small) : options.number(name);
    }
}
