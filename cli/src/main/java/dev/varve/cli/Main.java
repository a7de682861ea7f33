package dev.varve.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Entry point of the {@code varve} command. */
public final class Main {
    private Main() {}

    /**
     * Runs the command and ends the process with its exit status.
     *
     * @param args what was typed after {@code varve}
     */
    public static void main(String[] args) {
        System.exit(run(Io.ofProcess(), new EngineStorage(), args));
    }

    /** Runs one command line and says how it ended. */
    static int run(Io io, StorageFactory storages, String... args) {
        Map<String, String> serve = ServeLine.read(List.of(args));
        if (serve == null) {
            return VarveCommand.commandLine(io, storages).execute(args);
        }
        try {
            return new Serving(io, storages).run(option -> Optional.ofNullable(serve.get(option)));
        } catch (Exception e) {
            return Problems.report(io, e, false);
        }
    }
}
