package dev.varve.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.server.AuthMode;
import dev.varve.server.Limits;
import dev.varve.server.VarveServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.LoggerFactory;

/** A server from its start until a signal comes or the log fails. Confined to one thread. */
final class Serving {

    private static final int LOG_FAILURE_MILLIS = 200;

    private final Io io;
    private final StorageFactory storages;

    Serving(Io io, StorageFactory storages) {
        this.io = io;
        this.storages = storages;
    }

    /**
     * Serves until the end.
     *
     * @param option the text that an option was given, by the option's name
     * @return the exit status
     * @throws UsageException when the options, the environment or the configuration file are wrong; nothing was opened
     * @throws VarveException when the data or the port cannot be opened
     */
    int run(Function<String, Optional<String>> option) throws IOException {
        ServeConfig config = ServeConfig.resolve(ServeSettings.ALL, option, io.environment());
        checkHost(config);
        setLogLevel(config.get(ServeSettings.LOG_LEVEL));
        StorageFactory.Opened opened = storages.open(config);
        try {
            return serve(config, opened);
        } finally {
            closeStorage(opened);
        }
    }

    private int serve(ServeConfig config, StorageFactory.Opened opened) throws IOException {
        // Completed by what ends the server: no value for a signal, a cause for a failed log.
        CompletableFuture<Optional<Throwable>> end = opened.broken().thenApply(Optional::of);
        stopOnSignal(end);
        try (VarveServer server = server(config, opened)) {
            announce(server, opened);
            Optional<Throwable> cause = end.join();
            return cause.isPresent() ? failed(cause.get()) : ExitCode.OK;
        } catch (VarveException e) {
            // A server writes while it starts; the log may fail at that.
            Optional<Throwable> cause = logFailure(e, opened);
            if (cause.isPresent()) {
                return failed(cause.get());
            }
            throw e.kind() == ErrorKind.OUT_OF_SPACE ? withWayOut(e, opened) : e;
        }
    }

    private int failed(Throwable cause) {
        io.err()
                .println("varve: outcome_unknown: the log failed and nothing more is written: "
                        + Problems.sentence(cause) + ". Start again to recover what was acknowledged.");
        return ExitCode.FAILED;
    }

    private static VarveException withWayOut(VarveException outOfSpace, StorageFactory.Opened opened) {
        return new VarveException(
                ErrorKind.OUT_OF_SPACE,
                "a server cannot begin without space: no further segment can be made in " + opened.where()
                        + "/journal. Make room there and start again.",
                outOfSpace);
    }

    /** Why the log failed, which is told at about the time at which a write fails for it. */
    private static Optional<Throwable> logFailure(VarveException e, StorageFactory.Opened opened) {
        if (e.kind() != ErrorKind.OUTCOME_UNKNOWN && e.kind() != ErrorKind.UNAVAILABLE) {
            return Optional.empty();
        }
        return opened.broken()
                .<Optional<Throwable>>thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), LOG_FAILURE_MILLIS, TimeUnit.MILLISECONDS)
                .join();
    }

    private static VarveServer server(ServeConfig config, StorageFactory.Opened opened) {
        VarveServer.Builder builder = VarveServer.builder()
                .storage(opened.storage())
                .metrics(opened.metrics())
                .readyWhen(() -> !opened.broken().isDone())
                .host(config.get(ServeSettings.HOST))
                .port(config.get(ServeSettings.PORT))
                .auth(asksForTokens(config) ? AuthMode.TOKENS : AuthMode.NONE)
                .insecureNoAuth(config.get(ServeSettings.INSECURE_NO_AUTH))
                .longPollTimeout(config.get(ServeSettings.LONG_POLL_TIMEOUT))
                .sseLifetime(config.get(ServeSettings.SSE_LIFETIME))
                .limits(new Limits()
                        .bodyBytes(Math.toIntExact(config.get(ServeSettings.MAX_BODY)))
                        .fileBytes(Math.toIntExact(config.get(ServeSettings.MAX_FILE)))
                        .connections(config.get(ServeSettings.MAX_CONNECTIONS))
                        .readsPerMinute(config.get(ServeSettings.MAX_READS))
                        .writesPerMinute(config.get(ServeSettings.MAX_WRITES))
                        .drain(config.get(ServeSettings.DRAIN_TIMEOUT)));
        opened.entries().ifPresent(builder::entries);
        opened.events().ifPresent(builder::events);
        opened.transactions().ifPresent(builder::transactions);
        opened.records().ifPresent(builder::records);
        config.find(ServeSettings.PUBLIC_URL).ifPresent(builder::publicUrl);
        config.find(ServeSettings.ALLOWED_ORIGINS).ifPresent(builder::allowedOrigins);
        config.find(ServeSettings.WEBHOOK_TARGETS).ifPresent(builder::webhookTargets);
        return builder.start();
    }

    private static boolean asksForTokens(ServeConfig config) {
        return config.get(ServeSettings.AUTH).equals("tokens");
    }

    /** Said before anything is opened, in words that name the way out. */
    private static void checkHost(ServeConfig config) {
        String host = config.get(ServeSettings.HOST);
        try {
            if (InetAddress.getByName(host).isLoopbackAddress()
                    || asksForTokens(config)
                    || config.get(ServeSettings.INSECURE_NO_AUTH)) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new UsageException("host: " + host + " is neither an address nor a known name");
        }
        throw new UsageException("refusing to listen on " + host + ": other machines reach that address, and nobody is"
                + " asked for credentials, so whoever reaches it could read, write and delete everything. Say --auth"
                + " tokens, listen on 127.0.0.1, or say --insecure-no-auth if that is what you want");
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

    /** Says where the server listens. It serves even when nobody can be told. */
    private void announce(VarveServer server, StorageFactory.Opened opened) {
        String where = "Varve listens on " + server.url() + ", data: " + opened.where();
        Output output = new Output(io);
        try {
            output.line(where);
            if (io.outIsTerminal().getAsBoolean()) {
                output.line("""
                        Try it: curl -X PUT -H 'Content-Type: text/plain' %1$s/v1/stream/hello
                                curl -d 'Hello' -H 'Content-Type: text/plain' %1$s/v1/stream/hello
                                curl %1$s/v1/stream/hello""".formatted(server.url()));
            }
        } catch (IOException e) {
            io.err().println(where + " (standard output: " + Problems.sentence(e) + ")");
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
