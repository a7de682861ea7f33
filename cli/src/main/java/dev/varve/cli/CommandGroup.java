package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A word that stands before the commands of one kind, such as {@code varve stream}, and does nothing by itself. */
abstract class CommandGroup implements Runnable {

    private final String hint;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    /**
     * A group.
     *
     * @param hint what to say to somebody who stopped after the word
     */
    CommandGroup(String hint) {
        this.hint = hint;
    }

    @Override
    public final void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), hint);
    }
}
