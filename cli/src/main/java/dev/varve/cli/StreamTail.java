package dev.varve.cli;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream tail}. */
@Command(
        name = "tail",
        description =
                "Follow a stream until it is closed or Ctrl-C. Outlives restarts of the server: nothing is lost or"
                        + " written twice. At the end standard error tells the offset to resume from.")
final class StreamTail extends StreamAction {

    private static final Duration WAIT = Duration.ofSeconds(10);

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            description = "Where to start: an offset as printed before, -1 for the beginning, or now. Default: now.")
    private Offset from = Offset.NOW;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            description = "raw or ndjson (one message per line). Default: ndjson for streams of JSON, else raw.")
    private PageWriter.Format format = PageWriter.Format.auto;

    @Option(
            names = "--show-offsets",
            description = "Before each message write the offset after it and a tab: the one to resume from once the"
                    + " message was dealt with. Of streams that are not JSON, before each piece that arrived.")
    private boolean showOffsets;

    private volatile boolean interrupted;

    StreamTail(Io io) {
        super(io);
    }

    @Override
    int run(Streams streams) throws IOException {
        if (format == PageWriter.Format.json) {
            throw new UsageException("-o json is one array and needs an end; use -o ndjson to follow");
        }
        PageWriter writer = new PageWriter(output, format, showOffsets);
        try (StreamReader reader = streams.follow(path(path), from)) {
            // Moves when a page has been written and flushed: what may be resumed from.
            Offset resume = reader.position();
            stopOnSignal(reader);
            try {
                while (!interrupted && !reader.atEnd()) {
                    Optional<ReadResult.Page> page = reader.next(WAIT);
                    if (page.isPresent()) {
                        writer.write(page.get());
                        output.flush();
                        resume = page.get().next();
                        succeeded();
                    }
                }
            } finally {
                io.err().println("resume with --from " + resume);
            }
        }
        return interrupted ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    /** The first signal ends the command in order; the second at once, should standard output be stuck. */
    private void stopOnSignal(StreamReader reader) {
        Runnable stop = () -> {
            if (interrupted) {
                Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
            }
            interrupted = true;
            reader.close();
        };
        io.signals().on("INT", stop);
        io.signals().on("TERM", stop);
    }
}
