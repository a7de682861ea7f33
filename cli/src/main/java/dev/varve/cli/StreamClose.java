package dev.varve.cli;

import dev.varve.api.Offset;
import dev.varve.api.Streams;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream close}. */
@Command(name = "close", description = "Close a stream: nothing can be appended any more. Twice is harmless.")
final class StreamClose extends StreamAction implements JsonErrors {

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(names = "--json", description = "Write the result as JSON.")
    private boolean json;

    StreamClose(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        String wanted = path(path);
        Offset last = streams.close(wanted);
        if (json) {
            output.line(Json.texts("path", wanted, "next_offset", last.toString()));
        } else {
            output.offset("closed " + wanted, last);
        }
        return ExitCode.OK;
    }
}
