package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code varve stream}: the commands that work with streams. */
@Command(
        name = "stream",
        description = "Create, append to, read and follow streams.",
        footerHeading = "%n",
        footer = {"Paths are below /v1/stream on the server, for example logs/web.", ExitCode.TEXT})
final class StreamCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    private StreamCommand() {}

    static CommandLine commandLine(Io io) {
        CommandLine stream = new CommandLine(new StreamCommand());
        stream.addSubcommand(new StreamCreate(io));
        stream.addSubcommand(new StreamAppend(io));
        stream.addSubcommand(new StreamRead(io));
        stream.addSubcommand(new StreamTail(io));
        stream.addSubcommand(new StreamHead(io));
        stream.addSubcommand(new StreamClose(io));
        stream.addSubcommand(new StreamDelete(io));
        stream.addSubcommand(new StreamFork(io));
        stream.addSubcommand(new StreamList(io));
        return stream;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "say what to do with which stream, for example: varve stream read logs");
    }
}
