package dev.varve.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has that works with a server. Confined to one thread. */
final class ServerOptions {

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server. Default: VARVE_URL, else http://127.0.0.1:4437.")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "The token, if the server asks for one. Default: VARVE_TOKEN, which other users of the machine"
                            + " cannot see.")
    private @Nullable String token;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    /** The token as given on the command line or in the environment, or null. */
    @Nullable String token(Map<String, String> environment) {
        String chosen = token != null ? token : environment.getOrDefault("VARVE_TOKEN", "");
        return chosen.isBlank() ? null : chosen.strip();
    }

    /** The server as given on the command line, or null. */
    @Nullable String url() {
        return url;
    }
}
