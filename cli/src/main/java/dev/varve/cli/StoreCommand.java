package dev.varve.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve store}: the commands that work with stores as a whole. */
@Command(
        name = "store",
        description = "Create, list, clone, archive and delete stores.",
        footerHeading = "%n",
        footer = ExitCode.TEXT)
final class StoreCommand extends CommandGroup {

    private StoreCommand() {
        super("say what to do with which store, for example: varve store create acme/reading");
    }

    static CommandLine commandLine(Io io) {
        CommandLine store = new CommandLine(new StoreCommand());
        store.addSubcommand(new Create(io));
        store.addSubcommand(new ListStores(io));
        store.addSubcommand(new Status(io));
        store.addSubcommand(new Clone(io));
        store.addSubcommand(new Archive(io));
        store.addSubcommand(new Delete(io));
        return store;
    }

    /** A command about one store that is named right after it. */
    private abstract static class Named extends ServerAction {

        @Parameters(index = "0", paramLabel = "STORE", description = "The store, organisation/name.")
        private String name = "";

        Named(Io io) {
            super(io);
        }

        final String name() {
            return checked(name);
        }

        final String url(String rest) {
            return "/api/stores/" + name() + rest;
        }
    }

    /** {@code varve store create}. */
    @Command(name = "create", description = "Create a store. The first write of an entry creates one, too.")
    private static final class Create extends Named {

        Create(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = EntryServer.JSON.createObjectNode();
            JsonNode made = server.call("POST", "/api/stores", body.put("name", name()));
            output.line(
                    json()
                            ? made.path("store").toString()
                            : made.path("store").path("id").asString());
            return ExitCode.OK;
        }
    }

    /** {@code varve store list}. */
    @Command(name = "list", description = "List stores by name.")
    private static final class ListStores extends ServerAction {

        ListStores(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            for (JsonNode store : server.call("GET", "/api/stores").path("stores")) {
                String archived = store.path("status").asString().equals("archived") ? "\tarchived" : "";
                output.text((json() ? store.toString() : store.path("full_name").asString() + archived) + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }
    }

    /** {@code varve store status}. */
    @Command(name = "status", description = "Show what is known of a store, as JSON.")
    private static final class Status extends Named {

        Status(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            output.line(server.call("GET", url("/status")).toString());
            return ExitCode.OK;
        }
    }

    /** {@code varve store clone}. */
    @Command(name = "clone", description = "Copy a store with its history, within its organisation.")
    private static final class Clone extends Named {

        @Parameters(index = "1", paramLabel = "COPY", description = "The new store, organisation/name.")
        private String copy = "";

        Clone(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = EntryServer.JSON.createObjectNode().put("name", checked(copy));
            JsonNode made = server.call("POST", url("/clone"), body);
            output.line(
                    json()
                            ? made.path("store").toString()
                            : made.path("store").path("id").asString());
            return ExitCode.OK;
        }
    }

    /** {@code varve store archive}. */
    @Command(name = "archive", description = "Have a store take no writes any more. It can still be read.")
    private static final class Archive extends Named {

        Archive(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode made = server.call("POST", url("/archive"), EntryServer.JSON.createObjectNode());
            output.line(json() ? made.toString() : name() + " is archived");
            return ExitCode.OK;
        }
    }

    /** {@code varve store delete}. */
    @Command(name = "delete", description = "Delete a store with all it holds.")
    private static final class Delete extends Named {

        @Option(names = "--yes", required = true, description = "Needed, because it cannot be undone.")
        @SuppressWarnings("UnusedVariable") // picocli refuses without it
        private boolean yes;

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode made = server.call("DELETE", url(""));
            output.line(json() ? made.toString() : name() + " is deleted");
            return ExitCode.OK;
        }
    }
}
