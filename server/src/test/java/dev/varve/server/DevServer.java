package dev.varve.server;

import dev.varve.api.StreamStorage;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.file.Path;
import java.time.Duration;

/** Starts a server over the model or the engine, to try clients and the conformance suite against it by hand. */
public final class DevServer {

    private DevServer() {}

    /**
     * Serves until the process ends.
     *
     * @param arguments the port, by default 4437; then a data directory, without which the model is served
     * @throws InterruptedException when interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : VarveServer.DEFAULT_PORT;
        StreamStorage storage = arguments.length > 1
                ? Engine.open(Path.of(arguments[1]), EngineOptions.DEFAULT).streams()
                : new ModelStreamStorage();
        VarveServer server = VarveServer.builder()
                .port(port)
                .storage(storage)
                .longPollTimeout(Duration.ofMillis(500))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
        server.awaitTermination();
    }
}
