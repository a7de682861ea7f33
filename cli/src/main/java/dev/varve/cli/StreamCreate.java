package dev.varve.cli;

import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream create}. */
@Command(name = "create", description = "Create a stream, or find it there with the same configuration.")
final class StreamCreate extends StreamAction implements JsonErrors {

    @Parameters(paramLabel = "PATH", description = "The stream.")
    private String path = "";

    @Option(
            names = "--content-type",
            paramLabel = "TYPE",
            description = "What it holds, for example application/json or text/plain. Default:"
                    + " application/octet-stream.")
    private @Nullable String contentType;

    @Option(names = "--ttl", paramLabel = "DURATION", description = "Gone when unused for this long, as in 30s or 7d.")
    private @Nullable Duration ttl;

    @Option(names = "--expires-at", paramLabel = "TIME", description = "Gone at this time, as in 2030-01-31T12:00:00Z.")
    private @Nullable Instant expiresAt;

    @Option(
            names = "--retention-age",
            paramLabel = "DURATION",
            description = "Keep what was appended within this time.")
    private @Nullable Duration retentionAge;

    @Option(names = "--retention-bytes", paramLabel = "SIZE", description = "Keep about this much, as in 64MiB.")
    private @Nullable ByteSize retentionBytes;

    @Option(names = "--retention-messages", paramLabel = "N", description = "Keep the last N messages.")
    private @Nullable Long retentionMessages;

    @Option(names = "--data", paramLabel = "TEXT", description = "The first content.")
    private @Nullable String data;

    @Option(names = "--closed", description = "Create it closed: what --data says is all it will ever hold.")
    private boolean closed;

    @Option(names = "--json", description = "Write the stream as JSON.")
    private boolean json;

    StreamCreate(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        StreamConfig config;
        try {
            config = new StreamConfig(
                    contentType,
                    wholeSeconds("--ttl", ttl),
                    expiresAt,
                    new Retention(
                            wholeSeconds("--retention-age", retentionAge),
                            retentionBytes == null ? null : retentionBytes.bytes(),
                            retentionMessages));
        } catch (IllegalArgumentException e) {
            throw new UsageException(Problems.sentence(e));
        }
        CreateRequest request = CreateRequest.of(path(path), config);
        if (data != null) {
            request = request.withBody(data.getBytes(StandardCharsets.UTF_8));
        }
        report(streams.create(closed ? request.withClosed() : request), output, json);
        return ExitCode.OK;
    }

    static void report(CreateResult result, Output output, boolean json) throws IOException {
        boolean created = result instanceof CreateResult.Created;
        StreamMetadata stream = switch (result) {
            case CreateResult.Created made -> made.stream();
            case CreateResult.Existing found -> found.stream();
            case Refusal refusal -> throw new RefusedException(refusal);
        };
        if (json) {
            output.line(Json.stream(stream));
        } else {
            output.offset((created ? "created " : "already there: ") + stream.path(), stream.next());
        }
    }

    static @Nullable Long wholeSeconds(String option, @Nullable Duration duration) {
        if (duration == null) {
            return null;
        }
        if (duration.toMillisPart() != 0) {
            throw new UsageException(option + " counts whole seconds, " + duration.toMillis() + "ms is none");
        }
        return duration.toSeconds();
    }
}
