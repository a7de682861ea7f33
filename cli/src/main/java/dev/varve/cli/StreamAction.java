package dev.varve.cli;

import dev.varve.api.Streams;
import dev.varve.api.Varve;
import java.io.IOException;
import java.time.Duration;

/** A command that works with a server's streams. Confined to one thread, but for what it hears of repetitions. */
abstract class StreamAction extends ClientAction {

    StreamAction(Io io) {
        super(io);
    }

    @Override
    public final Integer call() throws IOException {
        // A person waits: what cannot be reached is said at once.
        try (Varve varve = connect(Duration.ZERO)) {
            return run(varve.streams());
        }
    }

    /** Does the work and says how it ended. */
    abstract int run(Streams streams) throws IOException;

    /** A stream's path as typed, where a leading slash is a slip. */
    static String path(String typed) {
        String path = typed.startsWith("/") ? typed.substring(1) : typed;
        if (path.isEmpty()) {
            throw new UsageException("the stream's path is empty; it should look like logs/web");
        }
        return path;
    }
}
