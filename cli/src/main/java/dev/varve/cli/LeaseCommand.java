package dev.varve.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve lease}: the commands that work with leases. */
@Command(
        name = "lease",
        description = "Take, extend and give back leases of a store.",
        footerHeading = "%n",
        footer = ExitCode.TEXT)
final class LeaseCommand extends CommandGroup {

    private LeaseCommand() {
        super("say what to do with which lease, for example: varve lease acquire jobs/nightly");
    }

    static CommandLine commandLine(Io io) {
        CommandLine lease = new CommandLine(new LeaseCommand());
        lease.addSubcommand(new Acquire(io));
        lease.addSubcommand(new Renew(io));
        lease.addSubcommand(new Release(io));
        return lease;
    }

    private abstract static class Lease extends EntryAction {

        @Parameters(index = "0", paramLabel = "PATH", description = "Where the lease stands.")
        private String path = "";

        Lease(Io io) {
            super(io);
        }

        final JsonNode act(EntryServer server, ObjectNode body) throws IOException {
            return server.call("POST", of("/leases/" + EntryServer.escaped(path(path))), body);
        }

        static ObjectNode body(String op) {
            return EntryServer.JSON.createObjectNode().put("op", op);
        }
    }

    /** {@code varve lease acquire}. */
    @Command(name = "acquire", description = "Take a lease that is free or has run out; write its token.")
    private static final class Acquire extends Lease {

        @Option(names = "--ttl-ms", paramLabel = "N", description = "How long it lasts. Default: 30000.")
        private long ttlMillis = 30_000;

        @Option(names = "--holder", paramLabel = "NAME", description = "Who holds it, for people.")
        private @Nullable String holder;

        Acquire(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = body("acquire").put("ttl_ms", ttlMillis);
            if (holder != null) {
                body.put("holder", holder);
            }
            JsonNode lease = act(server, body);
            output.line(json() ? lease.toString() : lease.path("token").toString());
            return ExitCode.OK;
        }
    }

    /** {@code varve lease renew}. */
    @Command(name = "renew", description = "Extend a lease that is held.")
    private static final class Renew extends Lease {

        @Option(names = "--lease", required = true, paramLabel = "N", description = "As acquire wrote it.")
        private long token;

        @Option(names = "--ttl-ms", paramLabel = "N", description = "How long it lasts from now. Default: 30000.")
        private long ttlMillis = 30_000;

        Renew(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode lease = act(server, body("renew").put("token", token).put("ttl_ms", ttlMillis));
            output.line(json() ? lease.toString() : lease.path("token").toString());
            return ExitCode.OK;
        }
    }

    /** {@code varve lease release}. */
    @Command(name = "release", description = "Give a lease back. One that is gone already is no error.")
    private static final class Release extends Lease {

        @Option(names = "--lease", required = true, paramLabel = "N", description = "As acquire wrote it.")
        private long token;

        Release(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode answer = act(server, body("release").put("token", token));
            boolean released = !answer.path("released").isBoolean()
                    || answer.path("released").asBoolean();
            output.line(json() ? answer.toString() : released ? "released" : "was not held with this token");
            return ExitCode.OK;
        }
    }
}
