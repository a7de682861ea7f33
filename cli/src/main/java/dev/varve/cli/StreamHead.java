package dev.varve.cli;

import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream head}. */
@Command(name = "head", description = "Show what is known of a stream. Does not renew its lifetime.")
final class StreamHead extends StreamAction implements JsonErrors {

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(names = "--json", description = "Write it as JSON.")
    private boolean json;

    StreamHead(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        String wanted = path(path);
        StreamMetadata stream = streams.find(wanted).orElseThrow(() -> new RefusedException(Refusal.notFound(wanted)));
        output.line(json ? Json.stream(stream) : text(stream));
        return ExitCode.OK;
    }

    static String text(StreamMetadata stream) {
        StringBuilder lines = new StringBuilder();
        add(lines, "path", stream.path());
        add(lines, "content-type", stream.contentType());
        add(lines, "next-offset", stream.next());
        add(lines, "earliest-offset", stream.earliest());
        add(lines, "closed", stream.closed());
        add(lines, "ttl-seconds", stream.ttlSeconds());
        add(lines, "expires-at", stream.expiresAt());
        add(lines, "retention-age-seconds", stream.retention().ageSeconds());
        add(lines, "retention-bytes", stream.retention().bytes());
        add(lines, "retention-messages", stream.retention().messages());
        add(lines, "created-at", stream.createdAt().equals(Instant.EPOCH) ? null : stream.createdAt());
        return lines.substring(0, lines.length() - 1);
    }

    private static void add(StringBuilder lines, String key, @Nullable Object value) {
        if (value != null) {
            lines.append(key).append(": ").append(value).append('\n');
        }
    }
}
