package dev.varve.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.varve.api.VarveException;
import dev.varve.server.Limits;
import dev.varve.server.VarveServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code varve serve}: a server until a signal comes or the log fails. */
@Command(
        name = "serve",
        description = "Serve streams over HTTP until SIGTERM or Ctrl-C.",
        footerHeading = "%n",
        footer = {
            "Each option can also be set by the environment variable in brackets or by",
            "a line in the configuration file: long-poll-timeout = 500ms",
            "The first signal ends the server when the requests under way are answered,",
            "the second at once. See docs/configuration.md.",
            ExitCode.TEXT
        })
final class ServeCommand implements Callable<Integer> {

    private final Io io;
    private final StorageFactory storages;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @SuppressWarnings("NullAway.Init") // picocli sets the specification before anything runs
    private ServeCommand(Io io, StorageFactory storages) {
        this.io = io;
        this.storages = storages;
    }

    static CommandLine commandLine(Io io, StorageFactory storages) {
        CommandLine serve = new CommandLine(new ServeCommand(io, storages));
        serve.getCommandSpec()
                .addOption(OptionSpec.builder("--config")
                        .type(String.class)
                        .paramLabel("FILE")
                        .description("The configuration file. [" + ServeConfig.FILE_VARIABLE + "]")
                        .build());
        for (Setting<?> setting : ServeSettings.ALL) {
            serve.getCommandSpec().addOption(option(setting));
        }
        return serve;
    }

    /** All options are texts here: the table reads them, as it reads the file and the environment. */
    private static OptionSpec option(Setting<?> setting) {
        String byDefault = setting.byDefault() == null ? "" : " Default: " + setting.byDefault() + ".";
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .type(String.class)
                .paramLabel(setting.type().placeholder())
                .description(
                        setting.description() + (setting.isFlag() ? "" : byDefault) + " [" + setting.variable() + "]");
        return (setting.isFlag() ? option.arity("0..1").fallbackValue("true") : option).build();
    }

    @Override
    public Integer call() throws IOException {
        ServeConfig config = ServeConfig.resolve(ServeSettings.ALL, this::typed, io.environment());
        checkHost(config);
        setLogLevel(config.get(ServeSettings.LOG_LEVEL));
        StorageFactory.Opened opened = storages.open(config);
        try {
            return serve(config, opened);
        } finally {
            closeStorage(opened);
        }
    }

    private Optional<String> typed(String option) {
        return Optional.ofNullable(spec.commandLine().getParseResult().matchedOptionValue(option, null));
    }

    private int serve(ServeConfig config, StorageFactory.Opened opened) throws IOException {
        // Completed by what ends the server: no value for a signal, a cause for a failed log.
        CompletableFuture<Optional<Throwable>> end = opened.broken().thenApply(Optional::of);
        stopOnSignal(end);
        try (VarveServer server = server(config, opened)) {
            announce(server, opened);
            Optional<Throwable> cause = end.join();
            if (cause.isPresent()) {
                io.err()
                        .println("varve: outcome_unknown: the log failed and nothing more is written: "
                                + Problems.sentence(cause.get()) + ". Start again to recover what was acknowledged.");
                return ExitCode.FAILED;
            }
        }
        return ExitCode.OK;
    }

    private static VarveServer server(ServeConfig config, StorageFactory.Opened opened) {
        VarveServer.Builder builder = VarveServer.builder()
                .storage(opened.storage())
                .metrics(opened.metrics())
                .readyWhen(() -> !opened.broken().isDone())
                .host(config.get(ServeSettings.HOST))
                .port(config.get(ServeSettings.PORT))
                .insecureNoAuth(config.get(ServeSettings.INSECURE_NO_AUTH))
                .longPollTimeout(config.get(ServeSettings.LONG_POLL_TIMEOUT))
                .sseLifetime(config.get(ServeSettings.SSE_LIFETIME))
                .limits(new Limits()
                        .bodyBytes(Math.toIntExact(config.get(ServeSettings.MAX_BODY)))
                        .connections(config.get(ServeSettings.MAX_CONNECTIONS))
                        .drain(config.get(ServeSettings.DRAIN_TIMEOUT)));
        config.find(ServeSettings.PUBLIC_URL).ifPresent(builder::publicUrl);
        config.find(ServeSettings.WEBHOOK_TARGETS).ifPresent(builder::webhookTargets);
        return builder.start();
    }

    /** Said before anything is opened, in words that name the way out. */
    private static void checkHost(ServeConfig config) {
        String host = config.get(ServeSettings.HOST);
        try {
            if (InetAddress.getByName(host).isLoopbackAddress() || config.get(ServeSettings.INSECURE_NO_AUTH)) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new UsageException("host: " + host + " is neither an address nor a known name");
        }
        throw new UsageException("refusing to listen on " + host + ": other machines reach that address, and nobody is"
                + " asked for credentials, so whoever reaches it could read, write and delete everything. Listen on"
                + " 127.0.0.1, or say --insecure-no-auth if that is what you want");
    }

    private static void setLogLevel(String level) {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.toLevel(level));
        }
    }

    /** The first signal ends the server in order, the second at once. */
    private void stopOnSignal(CompletableFuture<Optional<Throwable>> end) {
        AtomicBoolean stopping = new AtomicBoolean();
        Runnable stop = () -> {
            if (stopping.getAndSet(true)) {
                Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
            }
            end.complete(Optional.empty());
        };
        io.signals().on("TERM", stop);
        io.signals().on("INT", stop);
    }

    private void announce(VarveServer server, StorageFactory.Opened opened) throws IOException {
        Output output = new Output(io);
        output.line("Varve listens on " + server.url() + ", data: " + opened.where());
        if (io.outIsTerminal().getAsBoolean()) {
            output.line("""
                    Try it: curl -X PUT -H 'Content-Type: text/plain' %1$s/v1/stream/hello
                            curl -d 'Hello' -H 'Content-Type: text/plain' %1$s/v1/stream/hello
                            curl %1$s/v1/stream/hello""".formatted(server.url()));
        }
    }

    private static void closeStorage(StorageFactory.Opened opened) {
        try {
            opened.storage().close();
        } catch (VarveException e) {
            // A broken log cannot be closed in order and has said so already.
            if (!opened.broken().isDone()) {
                throw e;
            }
        }
    }
}
