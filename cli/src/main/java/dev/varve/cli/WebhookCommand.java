package dev.varve.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code varve webhook}: the commands that work with the webhooks of a store. */
@Command(
        name = "webhook",
        description = "Have URLs called with the changes of a store.",
        footerHeading = "%n",
        footer = ExitCode.TEXT)
final class WebhookCommand extends CommandGroup {

    private WebhookCommand() {
        super("say what to do with which webhook, for example: varve webhook create https://example.com/hook");
    }

    static CommandLine commandLine(Io io) {
        CommandLine webhook = new CommandLine(new WebhookCommand());
        webhook.addSubcommand(new Create(io));
        webhook.addSubcommand(new ListWebhooks(io));
        webhook.addSubcommand(new Delete(io));
        webhook.addSubcommand(new Ping(io));
        webhook.addSubcommand(new Deliveries(io));
        return webhook;
    }

    /** A command about one webhook. */
    private abstract static class One extends EntryAction {

        @Parameters(paramLabel = "ID", description = "The webhook's id, as create and list show it.")
        private String id = "";

        One(Io io) {
            super(io);
        }

        final String id() {
            return id;
        }

        final String url(String rest) {
            return of("/webhooks/" + EntryServer.encoded(id) + rest);
        }
    }

    /** {@code varve webhook create}. */
    @Command(
            name = "create",
            description =
                    "Have a URL called with each change from now on. Writes the webhook's id and its secret, which is"
                            + " shown never again.")
    private static final class Create extends EntryAction {

        @Parameters(paramLabel = "URL", description = "What to call, by https.")
        private String target = "";

        @Option(
                names = "--after",
                paramLabel = "SEQ",
                description = "Begin after this change; 0 begins with the first. Default: with the next one.")
        private @Nullable Long after;

        Create(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            ObjectNode body = EntryServer.JSON.createObjectNode().put("url", target);
            if (after != null) {
                body.put("after", after);
            }
            JsonNode made = server.call("POST", of("/webhooks"), body);
            output.line(
                    json()
                            ? made.toString()
                            : made.path("id").asString() + "\t"
                                    + made.path("secret").asString());
            return ExitCode.OK;
        }
    }

    /** {@code varve webhook list}. */
    @Command(name = "list", description = "List the webhooks of a store, the newest first.")
    private static final class ListWebhooks extends EntryAction {

        ListWebhooks(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            for (JsonNode webhook : server.call("GET", of("/webhooks")).path("webhooks")) {
                output.text((json() ? webhook.toString() : line(webhook)) + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }

        private static String line(JsonNode webhook) {
            return String.join(
                    "\t",
                    webhook.path("id").asString(),
                    webhook.path("url").asString(),
                    webhook.path("active").asBoolean() ? "active" : "inactive",
                    webhook.path("last_delivered_seq").asString());
        }
    }

    /** {@code varve webhook delete}. */
    @Command(name = "delete", description = "Delete a webhook.")
    private static final class Delete extends One {

        Delete(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode made = server.call("DELETE", url(""));
            output.line(json() ? made.toString() : id() + " is deleted");
            return ExitCode.OK;
        }
    }

    /** {@code varve webhook ping}. */
    @Command(name = "ping", description = "Call a webhook without a change. Success switches it on again.")
    private static final class Ping extends One {

        Ping(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            JsonNode answer = server.call("POST", url("/ping"), EntryServer.JSON.createObjectNode());
            output.line(
                    json()
                            ? answer.toString()
                            : answer.path("status_code").asString() + " after "
                                    + answer.path("response_ms").asString() + " ms");
            return answer.path("ok").asBoolean() ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    /** {@code varve webhook deliveries}. */
    @Command(name = "deliveries", description = "Show the calls of a webhook, the newest first.")
    private static final class Deliveries extends One {

        @Option(names = "--limit", paramLabel = "N", description = "How many, up to 100. Default: 20.")
        private int limit = 20;

        Deliveries(Io io) {
            super(io);
        }

        @Override
        int run(EntryServer server) throws IOException {
            for (JsonNode call :
                    server.call("GET", url("/deliveries?limit=" + limit)).path("deliveries")) {
                output.text((json() ? call.toString() : line(call)) + "\n");
            }
            output.flush();
            return ExitCode.OK;
        }

        private static String line(JsonNode call) {
            JsonNode error = call.path("error");
            return String.join(
                    "\t",
                    call.path("attempted_at").asString(),
                    call.path("store_seq").asString(),
                    error.isString()
                            ? error.asString()
                            : call.path("status_code").asString());
        }
    }
}
