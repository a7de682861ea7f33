package dev.varve.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands that change entries. */
final class EntryWrites {

    private EntryWrites() {}

    /** One change, as one atomic write. */
    abstract static class Write extends EntryAction {

        @Parameters(index = "0", paramLabel = "PATH", description = "The path.")
        private String path = "";

        Write(Io io) {
            super(io);
        }

        final int write(EntryServer server, String op, @Nullable JsonNode value, ObjectNode conditions)
                throws IOException {
            ObjectNode change = EntryServer.JSON.createObjectNode();
            change.put("op", op).put("path", path(path));
            if (value != null) {
                change.set("value", value);
            }
            change.setAll(conditions);
            ObjectNode body = EntryServer.JSON.createObjectNode();
            body.putArray("ops").add(change);
            JsonNode made = server.call("POST", of("/entries/batch_write"), body)
                    .path("ops")
                    .path(0);
            output.line(json() ? made.toString() : said(made));
            return ExitCode.OK;
        }

        final int write(EntryServer server, String op, @Nullable JsonNode value) throws IOException {
            return write(server, op, value, EntryServer.JSON.createObjectNode());
        }

        /** For a person a sentence, for a pipe the number alone. */
        private String said(JsonNode made) {
            String revision = made.path("revision").toString();
            return io.outIsTerminal().getAsBoolean() ? "done, revision " + revision : revision;
        }
    }

    /** {@code varve entry put}. */
    @Command(
            name = "put",
            description = "Replace all at and below a path. An object becomes one entry for each value nested in it.")
    static final class Put extends Write {

        @Parameters(
                index = "1",
                paramLabel = "VALUE",
                description = "The value, as JSON; what is not JSON is taken as text.")
        private String value = "";

        @Option(names = "--if-match", paramLabel = "REVISION", description = "Only if this revision stands there.")
        private @Nullable Long ifMatch;

        @Option(names = "--if-absent", description = "Only if no entry stands at exactly this path.")
        private boolean ifAbsent;

        @Option(names = "--if-none", description = "Only if nothing stands at the path or below it.")
        private boolean ifNone;

        @Option(names = "--text", description = "Take the value as text, whatever it looks like.")
        private boolean text;

        @Option(names = "--decimal", description = "Take the value as a decimal number.")
        private boolean decimal;

        @Option(names = "--datetime", description = "Take the value as a time, for example 2026-03-31T12:00:00Z.")
        private boolean datetime;

        Put(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            if ((text ? 1 : 0) + (decimal ? 1 : 0) + (datetime ? 1 : 0) > 1) {
                throw new UsageException("--text, --decimal and --datetime exclude each other");
            }
            ObjectNode conditions = EntryServer.JSON.createObjectNode();
            if (ifMatch != null) {
                conditions.put("if_match", ifMatch);
            }
            if (ifAbsent) {
                conditions.put("if_absent", true);
            }
            if (ifNone) {
                conditions.put("if_none", true);
            }
            return write(server, "set", typed(), conditions);
        }

        private JsonNode typed() {
            if (decimal || datetime) {
                return EntryServer.JSON
                        .createObjectNode()
                        .put("_typed", value)
                        .put("_type", decimal ? "decimal" : "datetime");
            }
            return text ? EntryServer.JSON.getNodeFactory().stringNode(value) : value(value);
        }
    }

    /** {@code varve entry merge}. */
    @Command(name = "merge", description = "Set the fields of an object below a path and leave others alone.")
    static final class Merge extends Write {

        @Parameters(index = "1", paramLabel = "OBJECT", description = "The fields, as a JSON object.")
        private String object = "";

        Merge(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            return write(server, "merge", value(object));
        }
    }

    /** {@code varve entry delete}. */
    @Command(name = "delete", description = "Remove all at and below a path, if there is anything.")
    static final class Delete extends Write {

        @Option(names = "--if-match", paramLabel = "REVISION", description = "Only if this revision stands there.")
        private @Nullable Long ifMatch;

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode conditions = EntryServer.JSON.createObjectNode();
            if (ifMatch != null) {
                conditions.put("if_match", ifMatch);
            }
            return write(server, "delete", null, conditions);
        }
    }

    /** {@code varve entry increment}. */
    @Command(name = "increment", description = "Add to the counter at a path.")
    static final class Increment extends Write {

        @Parameters(index = "1", arity = "0..1", paramLabel = "BY", description = "How much. Default: 1.")
        private String by = "1";

        Increment(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            return write(server, "increment", value(by));
        }
    }

    /** {@code varve entry add}. */
    @Command(name = "add", description = "Put a member in front of the set at a path, unless it is in there.")
    static final class Add extends Write {

        @Parameters(index = "1", paramLabel = "MEMBER", description = "As JSON; what is not JSON is taken as text.")
        private String member = "";

        Add(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            return write(server, "add", value(member));
        }
    }

    /** {@code varve entry remove}. */
    @Command(name = "remove", description = "Take a member out of the set at a path.")
    static final class Remove extends Write {

        @Parameters(index = "1", paramLabel = "MEMBER", description = "As JSON; what is not JSON is taken as text.")
        private String member = "";

        Remove(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            return write(server, "remove", value(member));
        }
    }
}
