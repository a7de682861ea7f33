package dev.varve.cli;

import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.VarveClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that works with a server's streams. Confined to one thread, but for what it hears of repetitions. */
abstract class StreamAction implements Callable<Integer> {
    private static final long TELL_AGAIN_NANOS = 30_000_000_000L;

    final Io io;
    final Output output;
    private boolean told;
    private long toldNanos;

    @Mixin
    private final ServerOptions serverOptions = new ServerOptions();

    StreamAction(Io io) {
        this.io = io;
        this.output = new Output(io);
    }

    @Override
    public final Integer call() throws IOException {
        // A person waits: what cannot be reached is said at once.
        try (Varve varve = connect(Duration.ZERO)) {
            return run(varve.streams());
        }
    }

    /** A connection that repeats for a while what may be repeated. */
    final Varve connect(Duration retryFor) {
        return builder()
                .retryFor(retryFor)
                .connectTimeout(Duration.ofSeconds(5))
                .onRetry(this::retrying)
                .connect();
    }

    /** Does the work and says how it ended. */
    abstract int run(Streams streams) throws IOException;

    private VarveClient.Builder builder() {
        String option = serverOptions.url();
        String variable = io.environment().getOrDefault("VARVE_URL", "").strip();
        String url = option != null ? option : variable;
        try {
            VarveClient.Builder builder =
                    VarveClient.builder(url.isEmpty() ? VarveClient.DEFAULT_URL : URI.create(url));
            String token = serverOptions.token(io.environment());
            return token == null ? builder : builder.token(() -> token);
        } catch (IllegalArgumentException e) {
            throw new UsageException((option == null ? "VARVE_URL: " : "") + Problems.sentence(e));
        }
    }

    /** Says that something failed and will be tried again: once when it begins, then now and then. */
    private synchronized void retrying(VarveException failure, Duration wait) {
        long now = System.nanoTime();
        if (!told || now - toldNanos >= TELL_AGAIN_NANOS) {
            io.err().println(Problems.line(failure) + "; trying again");
            toldNanos = now;
            told = true;
        }
    }

    /** What comes next is another failure. */
    final synchronized void succeeded() {
        told = false;
    }

    /** A stream's path as typed, where a leading slash is a slip. */
    static String path(String typed) {
        String path = typed.startsWith("/") ? typed.substring(1) : typed;
        if (path.isEmpty()) {
            throw new UsageException("the stream's path is empty; it should look like logs/web");
        }
        return path;
    }
}
