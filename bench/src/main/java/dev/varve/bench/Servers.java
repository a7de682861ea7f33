package dev.varve.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How the servers that speak Durable Streams are started. */
public final class Servers {

    private Servers() {}

    /** The launcher of Varve in the directory of its sources. */
    public static Path launcher() {
        return launcher(root());
    }

    /** The directory of the sources of Varve. */
    static Path root() {
        return Path.of(System.getProperty("varve.root", "."));
    }

    private static Path launcher(Path root) {
        return root.resolve("varve").toAbsolutePath().normalize();
    }

    /** The command of the Varve whose sources are in a directory. */
    static List<String> varve(Path root) {
        return List.of(launcher(root).toString(), "serve", "--port", "{port}", "--data", "{data}");
    }

    /** The command of Varve, to which further words may be added. */
    public static List<String> varve() {
        return List.of(launcher().toString(), "serve", "--port", "{port}", "--data", "{data}");
    }

    /** Reads a command as typed: words between spaces. */
    static List<String> typed(String command) {
        return List.of(command.strip().split("\\s+"));
    }

    /** Whether that program is on this machine. */
    public static boolean exists(String program) {
        if (program.contains("/")) {
            return Files.isExecutable(Path.of(program));
        }
        String path = System.getenv().getOrDefault("PATH", "");
        for (String directory : path.split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
