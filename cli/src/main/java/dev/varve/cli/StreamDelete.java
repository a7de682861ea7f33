package dev.varve.cli;

import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Streams;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream delete}. */
@Command(name = "delete", description = "Delete a stream and its data.")
final class StreamDelete extends StreamAction implements JsonErrors {

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(names = "--if-exists", description = "It is no error when there is no such stream.")
    private boolean ifExists;

    @Option(names = "--json", description = "Write errors as JSON.")
    private boolean json;

    StreamDelete(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        String wanted = path(path);
        boolean deleted = streams.delete(wanted);
        if (!deleted && !ifExists) {
            throw new RefusedException(Refusal.notFound(wanted));
        }
        if (io.outIsTerminal().getAsBoolean()) {
            output.line(deleted ? "deleted " + wanted : "there was no " + wanted);
        }
        return ExitCode.OK;
    }
}
