package dev.varve.cli;

import dev.varve.api.ListResult;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varve stream list}. */
@Command(
        name = "list",
        description = "List streams in byte order of their paths: path, content type, next offset, open or closed.")
final class StreamList extends StreamAction implements JsonErrors {

    private static final int PAGE = 1_000;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only paths that start so.")
    private String prefix = "";

    @Option(names = "--after", paramLabel = "PATH", description = "Only paths after this one.")
    private @Nullable String after;

    @Option(names = "--limit", paramLabel = "N", description = "At most N streams. Default: 1000.")
    private long limit = PAGE;

    @Option(names = "--all", description = "All of them, whatever their number.")
    private boolean all;

    @Option(names = "--json", description = "Write one JSON object per stream and line.")
    private boolean json;

    StreamList(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        if (limit < 1) {
            throw new UsageException("--limit must be at least 1");
        }
        long left = all ? Long.MAX_VALUE : limit;
        String from = after;
        while (true) {
            ListResult.Listing page = streams.list(prefix, from, (int) Math.min(left, PAGE));
            for (StreamMetadata stream : page.streams()) {
                output.text((json ? Json.stream(stream) : line(stream)) + "\n");
                from = stream.path();
            }
            output.flush();
            left -= page.streams().size();
            if (!page.hasMore() || page.streams().isEmpty()) {
                return ExitCode.OK;
            }
            if (left == 0) {
                if (io.errIsTerminal().getAsBoolean()) {
                    io.err().println("there are more; go on with --after " + from + ", or see all with --all");
                }
                return ExitCode.OK;
            }
        }
    }

    private static String line(StreamMetadata stream) {
        return stream.path() + "\t" + stream.contentType() + "\t" + stream.next() + "\t"
                + (stream.closed() ? "closed" : "open");
    }
}
