package dev.varve.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code varve stream}: the commands that work with streams. */
@Command(
        name = "stream",
        description = "Create, append to, read and follow streams.",
        footerHeading = "%n",
        footer = {"Paths are below /v1/stream on the server, for example logs/web.", ExitCode.TEXT})
final class StreamCommand extends CommandGroup {

    private StreamCommand() {
        super("say what to do with which stream, for example: varve stream read logs");
    }

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
}
