package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code varve transaction}: the command that changes entries, events and streams of a store together. */
@Command(
        name = "transaction",
        description = "Change entries, events and streams of a store together.",
        footerHeading = "%n",
        footer = ExitCode.TEXT)
final class TransactionCommand extends CommandGroup {

    private TransactionCommand() {
        super("say what to commit, for example: varve transaction commit acme/shop order.json");
    }

    static CommandLine commandLine(Io io) {
        CommandLine transaction = new CommandLine(new TransactionCommand());
        transaction.addSubcommand(new Commit(io));
        return transaction;
    }

    /** {@code varve transaction commit}. */
    @Command(
            name = "commit",
            description =
                    "Make all changes that a file lists, or none. Whatever happens to connections, they are made once."
                            + " Writes the number of the commit.")
    private static final class Commit extends ServerAction {

        private static final String STANDARD_INPUT = "-";

        /** How often it is sent when what becomes of it is unknown, or the server has no time for it. */
        private static final int MAX_ATTEMPTS = 5;

        private static final long FIRST_WAIT_MILLIS = 100;

        @Parameters(index = "0", paramLabel = "STORE", description = "The store, organisation/name.")
        private String store = "";

        @Parameters(
                index = "1",
                paramLabel = "FILE",
                description = "The changes, as JSON: {\"ops\":[...]}. - for standard input.")
        private String file = "";

        @Option(
                names = "--key",
                paramLabel = "KEY",
                description =
                        "Names the transaction, so that it is made once however often it is committed. Default: the key"
                                + " in the file, else a new one.")
        private @Nullable String key;

        Commit(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            String path = "/api/stores/" + checked(store) + "/transactions";
            byte[] body = body();
            String name = key == null && !hasKey(body) ? UUID.randomUUID().toString() : inHeader(key);
            JsonNode made = commit(server, path, body, name);
            output.line(json() ? made.toString() : said(made));
            return ExitCode.OK;
        }

        private byte[] body() throws IOException {
            if (file.equals(STANDARD_INPUT)) {
                return io.in().readAllBytes();
            }
            try {
                return Files.readAllBytes(Path.of(file));
            } catch (NoSuchFileException e) {
                throw new UsageException("there is no file " + file);
            }
        }

        /** Whether the changes bring a key of their own; what is no JSON is for the server to refuse. */
        private static boolean hasKey(byte[] body) {
            try {
                return EntryServer.JSON.readTree(body).has("key");
            } catch (JacksonException e) {
                return false;
            }
        }

        private static @Nullable String inHeader(@Nullable String typed) {
            if (typed != null && !typed.matches("[!-~]([ -~]*[!-~])?")) {
                throw new UsageException("--key takes printable ASCII; other keys go into the file");
            }
            return typed;
        }

        private static JsonNode commit(EntryServer server, String path, byte[] body, @Nullable String name)
                throws IOException {
            VarveException unknown = null;
            for (int attempt = 1; ; attempt++) {
                try {
                    return server.commit(path, body, name);
                } catch (VarveException e) {
                    if (e.outcomeUnknown()) {
                        unknown = e;
                    }
                    if (unknown == null || attempt == MAX_ATTEMPTS) {
                        throw unknown == null ? e : unknown;
                    }
                } catch (EntryRefusal e) {
                    if (!e.passes() || attempt == MAX_ATTEMPTS) {
                        // An earlier attempt may have been made nonetheless, unless this is an answer to the same key.
                        throw unknown == null || !e.passes() ? e : unknown;
                    }
                }
                pause(FIRST_WAIT_MILLIS << attempt);
            }
        }

        private static void pause(long millis) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VarveException(ErrorKind.UNAVAILABLE, "interrupted", e);
            }
        }

        /** For a person a sentence, for a pipe the number alone. */
        private String said(JsonNode made) {
            JsonNode commit = made.path("commit");
            String number = commit.isNull() ? "-" : commit.toString();
            if (!io.outIsTerminal().getAsBoolean()) {
                return number;
            }
            if (commit.isNull()) {
                return "all checks hold, nothing was to be written";
            }
            return (made.path("replayed").asBoolean() ? "was made already, commit " : "made, commit ") + number;
        }
    }
}
