package dev.varve.bench.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Small disks need mounts, and mounts should vanish with the test: the test runs once more inside a name space of its own,
 * where it may mount what it likes.
 */
final class Namespace {

    private static final String INSIDE = "varve.faults.inside";

    private Namespace() {}

    /** Whether this process may have a name space of its own and has none yet. */
    static boolean isNeeded() throws IOException, InterruptedException {
        return System.getProperty(INSIDE) == null && Tools.isRoot() && Tools.run("unshare", "-m", "true") == 0;
    }

    /** Whether this process may mount. */
    static boolean isInside() {
        return System.getProperty(INSIDE) != null;
    }

    /** Runs this command again inside. Returns its exit code. */
    static int run(List<String> args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("unshare", "-m"));
        List<String> own = ownCommand();
        command.add(own.getFirst());
        command.add("-D" + INSIDE + "=true");
        command.addAll(own.subList(1, own.size() - args.size()));
        command.addAll(args);
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static List<String> ownCommand() throws IOException {
        String words = Files.readString(Path.of("/proc/self/cmdline"));
        return List.of(words.split("\0"));
    }
}
