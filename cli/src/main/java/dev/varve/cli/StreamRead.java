package dev.varve.cli;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Streams;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream read}. */
@Command(
        name = "read",
        description = "Write a stream's data to standard output, as far as it went when the command started.")
final class StreamRead extends StreamAction {

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            description = "Where to start: an offset as printed before, or -1 for the beginning. Default: -1.")
    private Offset from = Offset.BEGINNING;

    @Option(
            names = "--until-tail",
            description = "Go on until nothing more is there, also with what is appended meanwhile.")
    private boolean untilTail;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            description = "raw, json (one array) or ndjson (one message per line). Default: ndjson for streams of JSON,"
                    + " else raw.")
    private PageWriter.Format format = PageWriter.Format.auto;

    StreamRead(Io io) {
        super(io);
    }

    @Override
    int run(Streams streams) throws IOException {
        String wanted = path(path);
        Offset stop = untilTail
                ? Offset.at(Offset.MAX_POSITION)
                : streams.currentOffset(wanted).orElseThrow(() -> new RefusedException(Refusal.notFound(wanted)));
        boolean quiet = io.outIsTerminal().getAsBoolean();
        PageWriter writer = new PageWriter(output, format, false);
        Offset at = from;
        try (Progress progress = new Progress(io, quiet ? 0 : stop.position())) {
            while (true) {
                ReadResult.Page page = streams.read(wanted, at);
                writer.write(page);
                output.flush();
                if (!quiet) {
                    progress.add(page.data().remaining());
                }
                boolean stuck = page.next().equals(at);
                at = page.next();
                if (!page.hasMore() || stuck || at.compareTo(stop) >= 0) {
                    break;
                }
            }
        }
        writer.end();
        output.flush();
        return ExitCode.OK;
    }
}
