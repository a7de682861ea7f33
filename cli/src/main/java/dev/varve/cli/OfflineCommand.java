package dev.varve.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that looks at files on disk without a server and changes nothing. Confined to one thread. */
abstract class OfflineCommand implements Callable<Integer> {

    /** What these commands end with: their status is not a server's. */
    static final String EXIT_TEXT = "Exit status: 0 sound, 1 problems were found, 2 it cannot be read.";

    private static final int SOUND = 0;
    private static final int PROBLEMS = 1;
    private static final int UNREADABLE = 2;

    final Io io;

    @Parameters(paramLabel = "DIR", description = "The data directory, or the directory itself within it.")
    private Path directory = Path.of("");

    @Option(names = "--json", description = "Write one JSON object.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    OfflineCommand(Io io) {
        this.io = io;
    }

    @Override
    public final Integer call() throws IOException {
        Path within = directory.resolve(name());
        Path looked = Files.isDirectory(within) ? within : directory;
        if (!Files.isDirectory(looked)) {
            io.err().println("varve: there is no directory " + looked);
            return UNREADABLE;
        }
        Findings findings;
        try {
            findings = look(looked);
        } catch (IOException e) {
            io.err().println("varve: cannot read " + looked + ": " + Problems.sentence(e));
            return UNREADABLE;
        }
        new Output(io).line(json ? findings.json() : findings.text());
        return findings.sound() ? SOUND : PROBLEMS;
    }

    /** The name of the directory within the data directory. */
    abstract String name();

    abstract Findings look(Path looked) throws IOException;

    /** What was found, in both forms. Immutable. */
    record Findings(boolean sound, String text, String json) {}
}
