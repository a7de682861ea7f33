package dev.varve.cli;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands about what was, and about stores' contents as a whole. */
final class EntryLife {

    private EntryLife() {}

    /** {@code varve entry log}. */
    @Command(name = "log", description = "Write past changes, the newest first, one JSON object per line.")
    static final class Log extends EntryAction {

        @Parameters(paramLabel = "PATTERN", arity = "0..1", description = "What the paths match. Default: all.")
        private @Nullable String pattern;

        @Option(names = "--device", paramLabel = "ID", description = "Only those of this device.")
        private @Nullable String device;

        @Option(names = "--op", paramLabel = "OP", description = "Only those of this kind, for example set.")
        private @Nullable String op;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 50.")
        private int limit = 50;

        Log(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            StringBuilder query = new StringBuilder("/log?limit=").append(limit);
            if (pattern != null) {
                query.append("&path=").append(EntryServer.encoded(pattern(pattern)));
            }
            if (device != null) {
                query.append("&device_id=").append(EntryServer.encoded(device));
            }
            if (op != null) {
                query.append("&op=").append(EntryServer.encoded(op));
            }
            for (JsonNode change : server.call("GET", of(query.toString())).path("ops")) {
                output.text(change + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** {@code varve entry diff}. */
    @Command(name = "diff", description = "Write what differs between two moments, one JSON object per path.")
    static final class Diff extends EntryAction {

        @Parameters(
                index = "0",
                paramLabel = "FROM",
                description = "The change right after which the first moment was.")
        private long from;

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TO",
                description = "The change right after which the second moment was. Default: now.")
        private @Nullable Long to;

        Diff(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode found = server.call("GET", of("/diff?from_seq=" + from + (to == null ? "" : "&to_seq=" + to)));
            for (JsonNode change : found.path("changes")) {
                output.text(change + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** {@code varve entry rollback}. */
    @Command(
            name = "rollback",
            description = "Have everything at and below a path, or in the whole store, stand as it did right after a"
                    + " change, by new changes.")
    static final class Rollback extends EntryAction {

        @Parameters(index = "0", paramLabel = "SEQUENCE", description = "The change; 0 for before the first.")
        private long to;

        @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "The path. Default: the store.")
        private @Nullable String path;

        Rollback(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = EntryServer.JSON.createObjectNode();
            body.put("to_seq", to);
            if (path != null) {
                body.put("path", path(path));
            }
            output.line(server.call("POST", of("/rollback"), body).toString());
            return ExitCode.OK;
        }
    }

    /** {@code varve entry export}. */
    @Command(name = "export", description = "Write the store as lines of JSON, to be imported again, or as a database.")
    static final class Export extends EntryAction {

        /** What an export is. */
        enum Format {
            jsonl,
            sqlite
        }

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description = "jsonl, or sqlite for an SQLite database with a table of entries. Default: jsonl.")
        private Format format = Format.jsonl;

        Export(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            try (InputStream exported = server.open(of("/export?format=" + format), "*/*")) {
                exported.transferTo(io.out());
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** {@code varve entry import}. */
    @Command(name = "import", description = "Set entries from lines of JSON on standard input, as export writes them.")
    static final class Import extends EntryAction {

        Import(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode result = server.upload(of("/import"), io.in());
            output.line(result.toString());
            return result.path("ok").asBoolean(false) ? ExitCode.OK : ExitCode.REFUSED;
        }
    }
}
