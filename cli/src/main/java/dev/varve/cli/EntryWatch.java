package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
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
import tools.jackson.databind.node.ObjectNode;

/** {@code varve entry watch}. */
@Command(
        name = "watch",
        description = "Write changes as they come, one JSON object per line, until Ctrl-C. Outlives restarts of the"
                + " server: nothing is lost or written twice.")
final class EntryWatch extends EntryAction {

    @Parameters(paramLabel = "PATTERN", arity = "0..1", description = "What the paths match. Default: **")
    private String pattern = "**";

    @Option(
            names = "--after",
            paramLabel = "SEQUENCE",
            description = "Begin after this change; 0 for the first. Default: new changes only.")
    private @Nullable Long after;

    @Option(
            names = "--include-current",
            description = "Begin with what stands there now: a line with \"op\":\"present\" for each entry.")
    private boolean includeCurrent;

    /** The last change that was passed. */
    private long seen;

    EntryWatch(Io io) {
        super(io);
    }

    @Override
    int run(EntryServer server) throws IOException {
        if (includeCurrent && after != null) {
            throw new UsageException("--include-current goes without --after");
        }
        Following following = new Following(io, server);
        String wanted = "&pattern=" + EntryServer.encoded(pattern(pattern));
        seen = after != null
                ? after
                : server.call("GET", of("/status")).path("current_seq").asLong();
        if (includeCurrent) {
            // As of one change, so that those after it are all that is missing.
            EntryReads.forEach(this, server, wanted + "&at_seq=" + seen, Long.MAX_VALUE, this::writePresent);
        }
        return following.run(() -> of("/watch?after=" + seen + wanted), "text/event-stream", this::follow);
    }

    private void writePresent(JsonNode entry) throws IOException {
        ObjectNode line = EntryServer.JSON.createObjectNode();
        line.set("store_seq", entry.path("revision"));
        line.put("op", "present");
        for (String name : new String[] {"path", "value", "type"}) {
            line.set(name, entry.path(name));
        }
        output.text(line + "\n");
    }

    /** Writes events until the server ends the stream. */
    private void follow(InputStream stream) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        String event = "";
        StringBuilder data = new StringBuilder();
        long id = seen;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("event:")) {
                event = line.substring("event:".length()).strip();
            } else if (line.startsWith("id:")) {
                id = Long.parseLong(line.substring("id:".length()).strip());
            } else if (line.startsWith("data:")) {
                data.append(line.substring("data:".length()).strip());
            } else if (line.isEmpty()) {
                if (!data.isEmpty() && (event.isEmpty() || event.equals("event"))) {
                    output.line(data.toString());
                } else if (event.equals("snapshot")) {
                    throw new VarveException(
                            ErrorKind.HTTP,
                            "the changes after " + seen + " are not kept any more; begin anew with --include-current");
                }
                seen = Math.max(seen, id);
                event = "";
                data.setLength(0);
            }
        }
    }
}
