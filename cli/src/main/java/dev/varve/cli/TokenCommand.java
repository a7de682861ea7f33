package dev.varve.cli;

import dev.varve.engine.io.SystemClock;
import dev.varve.server.OfflineTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve token}: the commands that work with tokens. */
@Command(name = "token", description = "Make, list and revoke tokens.", footerHeading = "%n", footer = ExitCode.TEXT)
final class TokenCommand extends CommandGroup {

    private static final String TOKENS = "/api/tokens";

    private TokenCommand() {
        super("say what to do, for example: varve token create --data varve-data --org acme --all-scopes first");
    }

    static CommandLine commandLine(Io io, StorageFactory storages) {
        CommandLine token = new CommandLine(new TokenCommand());
        token.addSubcommand(new Create(io, storages));
        token.addSubcommand(new ListTokens(io));
        token.addSubcommand(new Revoke(io));
        return token;
    }

    /** {@code varve token create}. */
    @Command(
            name = "create",
            description = {
                "Make a token and write it. It is shown this once; only its hash is kept.",
                "With --data no server is asked: the data directory is opened, which no",
                "server may hold, and a token for whatever you like is made."
            })
    private static final class Create extends ServerAction {

        private static final int FIRST_REFUSAL = 300;

        private final StorageFactory storages;

        @Parameters(paramLabel = "NAME", description = "A name for people.")
        private String name = "";

        @Option(names = "--data", paramLabel = "DIR", description = "The data directory of a server that does not run.")
        private @Nullable String data;

        @Option(
                names = "--org",
                paramLabel = "ORGANISATION",
                description = "Whose stores it is for. Default: the organisation of the token that makes it.")
        private @Nullable String organisation;

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                split = ",",
                description = "What it allows, such as entries:read; several with commas between them.")
        private List<String> scopes = new ArrayList<>();

        @Option(names = "--all-scopes", description = "It allows everything.")
        private boolean allScopes;

        @Option(names = "--read", description = "It allows to read stores: the scopes that Dust takes this to mean.")
        private boolean read;

        @Option(names = "--write", description = "It allows to write stores: the scopes that Dust takes this to mean.")
        private boolean write;

        @Option(
                names = "--only",
                paramLabel = "STORE",
                split = ",",
                description = "It is for these stores only. Default: all of the organisation.")
        private List<String> stores = new ArrayList<>();

        @Option(names = "--expires-in", paramLabel = "DURATION", description = "When it ends, such as 30d.")
        private java.time.@Nullable Duration expiresIn;

        Create(Io io, StorageFactory storages) {
            super(io);
            this.storages = storages;
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = body();
            JsonNode made = data == null ? server.call("POST", TOKENS, body) : offline(data, body);
            output.line(json() ? made.toString() : made.path("raw_token").asString());
            return ExitCode.OK;
        }

        private ObjectNode body() {
            ObjectNode body = EntryServer.JSON.createObjectNode().put("name", name);
            if (organisation != null) {
                body.put("org", organisation);
            } else if (data != null) {
                throw new UsageException("say whose stores the token is for: --org acme");
            }
            int ways = (scopes.isEmpty() ? 0 : 1) + (allScopes ? 1 : 0) + (read || write ? 1 : 0);
            if (ways > 1) {
                throw new UsageException("say what it allows in one way: --scope, --all-scopes, or --read and --write");
            }
            if (allScopes) {
                texts(body.putArray("scopes"), OfflineTokens.SCOPES);
            } else if (!scopes.isEmpty()) {
                texts(body.putArray("scopes"), scopes);
            } else if (read || write) {
                body.put("read", read).put("write", write);
            } else {
                throw new UsageException("say what it allows: --scope entries:read,entries:write, or --all-scopes");
            }
            if (!stores.isEmpty()) {
                texts(body.put("store_access_mode", "selected").putArray("store_names"), stores);
            }
            if (expiresIn != null) {
                body.put("expires_in", Math.max(1, expiresIn.toSeconds()));
            }
            return body;
        }

        private static void texts(ArrayNode array, List<String> texts) {
            texts.forEach(array::add);
        }

        private JsonNode offline(String directory, ObjectNode body) throws IOException {
            ServeConfig config = ServeConfig.resolve(
                    ServeSettings.ALL,
                    option -> option.equals(ServeSettings.DATA.option())
                            ? Optional.of(directory)
                            : option.equals(ServeSettings.EPHEMERAL.option()) ? Optional.of("false") : Optional.empty(),
                    io.environment());
            StorageFactory.Opened opened = storages.open(config);
            try {
                OfflineTokens.Answer answer = OfflineTokens.create(
                        opened.records().orElseThrow(() -> new UsageException("this storage keeps no tokens")),
                        opened.entries().orElseThrow(() -> new UsageException("this storage keeps no stores")),
                        new SystemClock(),
                        EntryServer.JSON.writeValueAsString(body));
                JsonNode json = EntryServer.JSON.readTree(answer.json());
                if (answer.status() >= FIRST_REFUSAL) {
                    throw new EntryRefusal(answer.status(), TOKENS, json);
                }
                return json;
            } finally {
                opened.storage().close();
            }
        }
    }

    /** {@code varve token list}. */
    @Command(
            name = "list",
            description = "List the tokens that yours may see: id, last characters, organisation, stores, name.")
    private static final class ListTokens extends ServerAction {

        ListTokens(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            for (JsonNode token : server.call("GET", TOKENS).path("tokens")) {
                output.text((json() ? token.toString() : line(token)) + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }

        private static String line(JsonNode token) {
            String line = token.path("id").asString()
                    + "\t..."
                    + token.path("last_four").asString()
                    + "\t"
                    + token.path("org").asString()
                    + "/"
                    + token.path("store_name").asString()
                    + "\t"
                    + token.path("name").asString();
            return token.path("expires_at").isNull()
                    ? line
                    : line + "\tuntil " + token.path("expires_at").asString();
        }
    }

    /** {@code varve token revoke}. */
    @Command(name = "revoke", description = "Revoke a token. It is of no effect from then on, on open connections too.")
    private static final class Revoke extends ServerAction {

        @Parameters(paramLabel = "ID", description = "The token's id, as list shows it.")
        private String id = "";

        Revoke(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode made = server.call("DELETE", TOKENS + "/" + EntryServer.encoded(id));
            output.line(json() ? made.toString() : id + " is revoked");
            return ExitCode.OK;
        }
    }
}
