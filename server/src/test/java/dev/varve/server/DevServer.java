package dev.varve.server;

import dev.varve.testkit.ModelStreamStorage;
import java.time.Duration;

/** Starts a server over the model, to try clients and the conformance suite against it by hand. */
public final class DevServer {

    private DevServer() {}

    /**
     * Serves until the process ends.
     *
     * @param arguments the port, by default 4437
     * @throws InterruptedException when interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : VarveServer.DEFAULT_PORT;
        VarveServer server = VarveServer.builder()
                .port(port)
                .storage(new ModelStreamStorage())
                .longPollTimeout(Duration.ofMillis(500))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
        server.awaitTermination();
    }
}
