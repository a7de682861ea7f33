package dev.varve.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code varve changes}. */
@Command(
        name = "changes",
        description = "Write the commits of a store over entries, events and streams, one JSON object per line.",
        footerHeading = "%n",
        footer = ExitCode.TEXT)
final class ChangesCommand extends ServerAction {

    private static final String LINES = "application/x-ndjson";

    @Parameters(index = "0", paramLabel = "STORE", description = "The store, organisation/name.")
    private String store = "";

    @Option(
            names = "--after",
            paramLabel = "COMMIT",
            description = "Begin after this commit. Default: 0, before the first.")
    private long seen;

    @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
    private @Nullable Long limit;

    @Option(
            names = "--follow",
            description = "Go on with what comes, until Ctrl-C. Outlives restarts of the server: nothing is lost or"
                    + " written twice.")
    private boolean follow;

    ChangesCommand(Io io) {
        super(io);
    }

    @Override
    int run(EntryServer server) throws IOException {
        String changes = "/api/stores/" + checked(store) + "/changes?after=";
        if (follow) {
            if (limit != null) {
                throw new UsageException("--follow goes without --limit");
            }
            return new Following(io, server).run(() -> changes + seen + "&follow=true", LINES, this::write);
        }
        try (InputStream answer = server.open(changes + seen + (limit == null ? "" : "&limit=" + limit), LINES)) {
            write(answer);
        }
        return ExitCode.OK;
    }

    /** Writes commits until the answer ends. A line that was cut counts for nothing. */
    private void write(InputStream answer) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode number =
                    line.endsWith("}") ? EntryServer.JSON.readTree(line).path("commit") : null;
            if (number != null && number.isIntegralNumber() && number.longValue() > seen) {
                output.line(line);
                seen = number.longValue();
            }
        }
    }
}
