package dev.varve.cli;

import dev.varve.api.StoreInfo;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that works with a server of entries. Confined to one thread. */
abstract class ServerAction implements Callable<Integer>, JsonErrors {

    final Io io;
    final Output output;

    @Mixin
    private final ServerOptions serverOptions = new ServerOptions();

    @Option(names = "--json", description = "Write results, and errors, as JSON.")
    private boolean json;

    ServerAction(Io io) {
        this.io = io;
        this.output = new Output(io);
    }

    @Override
    public final boolean json() {
        return json;
    }

    @Override
    public final Integer call() throws IOException {
        try (EntryServer server =
                new EntryServer(io.environment(), serverOptions.url(), serverOptions.token(io.environment()))) {
            return run(server);
        } catch (EntryRefusal refused) {
            io.err()
                    .println(
                            json && !refused.body().isEmpty()
                                    ? refused.body().toString()
                                    : "varve: " + refused.getMessage());
            return refused.exitCode();
        }
    }

    /** Does the work and says how it ended. */
    abstract int run(EntryServer server) throws IOException;

    static String checked(String name) {
        if (!StoreInfo.NAME.matcher(name).matches()) {
            throw new UsageException("\"" + name + "\" is no name of a store; it should look like acme/reading");
        }
        return name;
    }
}
