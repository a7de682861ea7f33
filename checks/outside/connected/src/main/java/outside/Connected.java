package outside;

import dev.varve.api.Key;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.StreamConfig;
import dev.varve.api.Varve;
import java.net.URI;

/** Counts its runs in a record and in a stream. Arguments: the server's URL and the name of what is run. */
public final class Connected {

    @Schema(prefix = "runs")
    record Run(@Key String name, int count) {}

    public static void main(String[] arguments) {
        System.out.println(run(URI.create(arguments[0]), arguments[1]));
    }

    static int run(URI url, String name) {
        try (Varve varve = Varve.connect(url)) {
            varve.streams().create("outside/" + name, StreamConfig.of("application/json"));
            varve.streams().append("outside/" + name, "{}".getBytes());
            Repository<Run> runs = varve.store("outside/runs").repository(Run.class);
            if (!runs.exists(name)) {
                runs.insert(new Run(name, 0));
            }
            return runs.update(name, run -> new Run(run.name(), run.count() + 1)).value().count();
        }
    }

    private Connected() {}
}
