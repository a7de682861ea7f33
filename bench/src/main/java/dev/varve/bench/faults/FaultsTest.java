package dev.varve.bench.faults;

import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Options;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Runs a server on a disk that fails, is full, is slow or is read-only, without descriptors or memory, stopped, and with a
 * clock that jumps. After each fault a server without faults must hold everything that was acknowledged and nothing else.
 */
public final class FaultsTest {

    /** Everything that was run passed, but this machine could not run all of it. */
    private static final int NOT_ALL_RUN = 77;

    private static final String[] OPTIONS = {
        "--size", "large",
        "--only", "",
        "--seed", "1",
        "--sweep", "",
        "--directory", "",
        "--keep", "off",
    };

    private FaultsTest() {}

    /**
     * Runs the parts that the words describe.
     *
     * @return the exit code: 0 passed, 1 something is wrong, 77 passed but not everything could be run here
     */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        Set<String> sizes = Set.of("small", "large");
        if (!sizes.contains(options.text("--size"))) {
            throw new Options.UsageException("--size is small or large, not " + options.text("--size"));
        }
        List<Part> parts = chosen(options);
        if (parts.stream().anyMatch(Part::mounts) && Namespace.isNeeded()) {
            return Namespace.run(args);
        }
        return run(options, parts);
    }

    private static List<Part> parts(String sweeps) {
        return List.of(
                new SweepPart(sweeps),
                new FullDiskPart(),
                new ReadOnlyPart(),
                new StallPart(),
                new DescriptorsPart(),
                new MemoryPart(),
                new PausePart(),
                new ClockPart());
    }

    private static List<Part> chosen(Options options) {
        List<Part> all = parts(options.text("--sweep"));
        if (options.text("--only").isEmpty()) {
            boolean small = options.text("--size").equals("small");
            return all.stream().filter(part -> !small || part.isSmall()).toList();
        }
        List<String> names = Arrays.asList(options.text("--only").split(","));
        Set<String> known = new TreeSet<>(all.stream().map(Part::name).toList());
        if (!known.containsAll(names)) {
            throw new Options.UsageException("--only takes " + String.join(",", known));
        }
        return all.stream().filter(part -> names.contains(part.name())).toList();
    }

    private static int run(Options options, List<Part> parts) throws IOException, InterruptedException {
        Path work = options.text("--directory").isEmpty()
                ? Files.createTempDirectory("varve-faults-")
                : Files.createTempDirectory(Path.of(options.text("--directory")), "varve-faults-");
        Stage stage =
                new Stage(work, options.seed("--seed"), options.text("--size").equals("large"), options.on("--keep"));
        List<String> left = new ArrayList<>();
        long began = System.nanoTime();
        for (Part part : parts) {
            long since = System.nanoTime();
            try {
                part.run(stage);
                stage.say(part.name() + ": done in " + (System.nanoTime() - since) / 1_000_000_000 + " s");
            } catch (Missing e) {
                left.add(part.name());
                stage.say(part.name() + ": NOT RUN: " + e.getMessage());
            }
        }
        Findings findings = stage.findings();
        if (findings.none() && !options.on("--keep")) {
            Directories.delete(work);
        } else {
            stage.say("what failed is kept in " + work);
        }
        findings.words().forEach(stage::say);
        stage.observed().forEach((what, count) -> stage.say(count + " " + what));
        stage.say(findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.INVENTED, Kind.TORN, Kind.REORDERED, Kind.REFUSED)
                + (left.isEmpty() ? "" : "; not run here: " + String.join(", ", left))
                + " (seed " + stage.seed() + ", " + (System.nanoTime() - began) / 1_000_000_000 + " s)");
        return !findings.none() ? 1 : left.isEmpty() ? 0 : NOT_ALL_RUN;
    }
}
