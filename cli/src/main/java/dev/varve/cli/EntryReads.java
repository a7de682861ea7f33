package dev.varve.cli;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands that read entries. */
final class EntryReads {

    private static final int PAGE_ENTRIES = 1_000;

    private EntryReads() {}

    /** {@code varve entry get}. */
    @Command(name = "get", description = "Write the value at a path: the entry there, else all below it as one object.")
    static final class Get extends EntryAction {

        @Parameters(paramLabel = "PATH", description = "The path.")
        private String path = "";

        @Option(names = "--at", paramLabel = "SEQUENCE", description = "As it stood right after this change.")
        private @Nullable Long at;

        Get(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode entry = server.call("GET", entry(path) + (at == null ? "" : "?at_seq=" + at));
            output.line(json() ? entry.toString() : shown(entry.path("value")));
            return ExitCode.OK;
        }
    }

    /** {@code varve entry get-many}. */
    @Command(name = "get-many", description = "Write several entries as of one moment, one line each.")
    static final class GetMany extends EntryAction {

        @Parameters(paramLabel = "PATH", arity = "1..*", description = "The paths, at most 1,000.")
        private List<String> paths = List.of();

        GetMany(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = EntryServer.JSON.createObjectNode();
            ArrayNode wanted = body.putArray("paths");
            paths.forEach(typed -> wanted.add(path(typed)));
            JsonNode found = server.call("POST", of("/entries/batch"), body);
            if (json()) {
                output.line(found.toString());
            } else {
                for (String path : found.path("entries").propertyNames()) {
                    output.line(path + "\t" + found.path("entries").path(path).path("value"));
                }
                found.path("missing").forEach(path -> io.err().println("varve: nothing is at " + path.asString()));
            }
            return found.path("missing").isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    /** Takes what was listed, one by one. */
    interface Items {
        void take(JsonNode item) throws IOException;
    }

    /** Reads all pages of a listing; what was taken of a page is written before the next is asked for. */
    static void forEach(EntryAction action, EntryServer server, String query, long limit, Items items)
            throws IOException {
        long left = limit;
        String after = "";
        while (left > 0) {
            long page = Math.min(left, PAGE_ENTRIES);
            JsonNode found = server.call(
                    "GET",
                    action.of("/entries?limit=" + page + query
                            + (after.isEmpty() ? "" : "&after=" + EntryServer.encoded(after))));
            for (JsonNode item : found.path("items")) {
                items.take(item);
                left--;
            }
            action.output.flush();
            if (found.path("next_cursor").isNull() || found.path("next_cursor").isMissingNode()) {
                break;
            }
            after = found.path("next_cursor").asString();
        }
    }

    /** Writes all pages of a listing, one line for each entry. */
    private static int writeAll(EntryAction action, EntryServer server, String query, long limit) throws IOException {
        forEach(action, server, query, limit, item -> {
            String line = item.isString()
                    ? item.asString()
                    : action.json() ? item.toString() : item.path("path").asString() + "\t" + item.path("value");
            action.output.text((action.json() && item.isString() ? item.toString() : line) + "\n");
        });
        return ExitCode.OK;
    }

    /** What of each entry is listed. */
    @SuppressWarnings("EnumName") // as they are typed
    enum Select {
        entries,
        keys,
        prefixes
    }

    /** {@code varve entry list}. */
    @Command(name = "list", description = "List entries in the order of their paths, one line each.")
    static final class ListEntries extends EntryAction {

        @Parameters(paramLabel = "PATTERN", arity = "0..1", description = "What the paths match. Default: **")
        private String pattern = "**";

        @Option(
                names = "--select",
                paramLabel = "WHAT",
                description = "entries, keys, or prefixes: the next segment below, each once. Default: entries.")
        private Select select = Select.entries;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
        private long limit = Long.MAX_VALUE;

        @Option(names = "--descending", description = "The last path first.")
        private boolean descending;

        ListEntries(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            String query = "&pattern=" + EntryServer.encoded(pattern(pattern)) + "&select=" + select
                    + (descending ? "&order=desc" : "");
            return writeAll(this, server, query, limit);
        }
    }

    /** {@code varve entry range}. */
    @Command(name = "range", description = "List entries of a range of paths, one line each.")
    static final class Range extends EntryAction {

        @Parameters(index = "0", paramLabel = "FROM", description = "The first path, inclusive.")
        private String from = "";

        @Parameters(index = "1", paramLabel = "TO", description = "The last path, exclusive.")
        private String to = "";

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: all.")
        private long limit = Long.MAX_VALUE;

        Range(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            String query = "&from=" + EntryServer.encoded(path(from)) + "&to=" + EntryServer.encoded(path(to));
            return writeAll(this, server, query, limit);
        }
    }
}
