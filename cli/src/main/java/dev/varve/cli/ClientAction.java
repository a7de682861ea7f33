package dev.varve.cli;

import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.VarveClient;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that works with a server through the client. Confined to one thread, but for what it hears of repetitions. */
abstract class ClientAction implements Callable<Integer> {
    private static final long TELL_AGAIN_NANOS = 30_000_000_000L;

    final Io io;
    final Output output;
    private boolean told;
    private long toldNanos;

    @Mixin
    private final ServerOptions serverOptions = new ServerOptions();

    ClientAction(Io io) {
        this.io = io;
        this.output = new Output(io);
    }

    /** A connection that repeats for a while what may be repeated. */
    final Varve connect(Duration retryFor) {
        return builder()
                .retryFor(retryFor)
                .connectTimeout(Duration.ofSeconds(5))
                .onRetry(this::retrying)
                .connect();
    }

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
}
