package dev.varve.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has that works with a server. Confined to one thread. */
final class ServerOptions {

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server. Default: VARVE_URL, else http://127.0.0.1:4437. A token is taken from"
                    + " VARVE_TOKEN.")
    private @Nullable String url;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    /** The server as given on the command line, or null. */
    @Nullable String url() {
        return url;
    }
}
