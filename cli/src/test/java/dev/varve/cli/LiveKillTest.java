package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Varve;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs with a live sync in a file that are killed: what they enqueued is applied once. */
@Timeout(300)
final class LiveKillTest {

    private static final String STORE = "acme/app";
    private static final EntryPath COUNT = EntryPath.parse("count");
    private static final int ROUNDS = 6;

    @TempDir
    Path directory;

    /** The program: enqueues increments, each with an entry of its own, and says what was enqueued. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            Varve varve = Varve.connect(URI.create(arguments[0]));
            LiveSync live = varve.store(STORE).live(options(Path.of(arguments[1])));
            for (int i = 0; i < 100_000; i++) {
                String name = arguments[2] + "-" + i;
                var _ = live.enqueue(List.of(
                        EntryOp.of(EntryOp.Kind.INCREMENT, COUNT, EntryValue.of(1)),
                        EntryOp.set(EntryPath.of("items", name), EntryValue.of(true))));
                System.out.println(name);
            }
        }
    }

    private static LiveOptions options(Path file) {
        return LiveOptions.of(EntryPattern.ALL).withFile(file).withMaxWaiting(1_000_000);
    }

    @Test
    void each_is_applied_once() throws Exception {
        Path file = directory.resolve("app.live");
        Random random = new Random();
        Set<String> said = new TreeSet<>();
        try (ServedStores served = new ServedStores();
                CuttingProxy proxy = new CuttingProxy(served.url())) {
            for (int round = 0; round < ROUNDS; round++) {
                if (round % 3 == 1) {
                    proxy.cut(); // all of it has to wait
                } else {
                    proxy.mend();
                    proxy.cutAfter(random.nextInt(20_000));
                }
                said.addAll(killed(proxy.url(), file, "r" + round, 20 + random.nextInt(300)));
            }
            proxy.mend();
            try (Varve varve = Varve.connect(proxy.url());
                    LiveSync live = varve.store(STORE).live(options(file))) {
                Patience.await()
                        .until(() -> live.status().state() == LiveSync.State.LIVE
                                && live.status().waiting() == 0);
                Set<String> applied = served.store(STORE)
                        .entries()
                        .list(EntryPattern.parse("items/*"))
                        .map(entry -> entry.path().segments().get(1))
                        .collect(Collectors.toSet());
                assertThat(applied).containsAll(said);
                assertThat(live.transport().read(COUNT)).contains(EntryValue.of(applied.size()));
            }
        }
    }

    /** Runs the program until it has said so much, kills it, and gives what it said. */
    private static List<String> killed(URI url, Path file, String name, int lines)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        url.toString(),
                        file.toString(),
                        name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> said = new ArrayList<>();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(name + "-")) {
                    said.add(line);
                }
                if (said.size() == lines) {
                    process.toHandle().destroyForcibly(); // what it has said can be read on
                }
            }
        }
        process.destroyForcibly().waitFor();
        assertThat(said).hasSizeGreaterThanOrEqualTo(lines);
        return said;
    }
}
