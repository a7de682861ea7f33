package dev.varve.cli;

import dev.varve.api.CreateRequest;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varve stream fork}. */
@Command(name = "fork", description = "Create a stream that shares another's data up to an offset.")
final class StreamFork extends StreamAction implements JsonErrors {

    @Parameters(index = "0", paramLabel = "SOURCE", description = "The stream to branch from.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "TARGET", description = "The stream to create.")
    private String target = "";

    @Option(names = "--at", paramLabel = "OFFSET", description = "Where to branch. Default: the source's tail.")
    private @Nullable Offset at;

    @Option(
            names = "--sub-offset",
            paramLabel = "N",
            description = "N messages (JSON) or bytes (other types) past --at, within one append.")
    private @Nullable Long subOffset;

    @Option(names = "--json", description = "Write the new stream as JSON.")
    private boolean json;

    StreamFork(Io io) {
        super(io);
    }

    @Override
    public boolean json() {
        return json;
    }

    @Override
    int run(Streams streams) throws IOException {
        if (subOffset != null && at == null) {
            throw new UsageException("--sub-offset counts from an offset: give one with --at");
        }
        Fork fork = new Fork(path(source), at, subOffset);
        CreateRequest request =
                CreateRequest.of(path(target), StreamConfig.DEFAULT).withFork(fork);
        StreamCreate.report(streams.create(request), output, json);
        return ExitCode.OK;
    }
}
