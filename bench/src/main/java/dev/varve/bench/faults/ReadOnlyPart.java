package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A file system that becomes read-only under a running server, as Linux does after an error, and a server that is started
 * on a read-only one: both end with words, and hold everything when the disk can be written again.
 */
final class ReadOnlyPart implements Part {

    private static final int MEBIBYTES = 96;
    private static final Duration END = Duration.ofSeconds(20);
    private static final int MAX_WRITES = 2_000;

    @Override
    public String name() {
        return "read-only";
    }

    @Override
    public boolean mounts() {
        return true;
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Tools.requireMounts();
        for (int time = 0; time < (stage.large() ? 5 : 1); time++) {
            once(stage, 50 * time);
        }
    }

    private static void once(Stage stage, int writesBefore) throws IOException, InterruptedException, Missing {
        long before = stage.findings().count();
        try (SmallDisk disk = new SmallDisk(Files.createDirectories(stage.work().resolve("read-only")), MEBIBYTES)) {
            Scene scene = stage.sceneOn("a disk that becomes read-only", disk);
            try (ServerProcess server = scene.server(List.of(), Map.of(), "--min-free=0");
                    Client client = new Client(scene, 0, 0, 20_000)) {
                server.start(Map.of());
                client.create("bytes", false);
                client.create("json", true);
                for (int i = 0; i < writesBefore; i++) {
                    client.append("bytes");
                    client.appendAll("bytes", "json");
                    client.events().append(0);
                    client.events().transact(0);
                }
                disk.fail();
                for (int i = 0; i < MAX_WRITES && server.isAlive(); i++) {
                    client.append("bytes");
                    client.appendAll("bytes", "json");
                    client.events().append(0);
                    client.events().transact(0);
                }
                scene.mustEnd(server, END, "its disk became read-only");
                Judge.lastWords(scene);
            }
            disk.remount("ro");
            startsNot(scene);
            disk.remount("rw");
            scene.checkAfterRestart("--min-free=0");
            stage.count("disks that became read-only", 1);
            stage.strike(scene, before);
        }
    }

    private static void startsNot(Scene scene) throws IOException, InterruptedException {
        try (ServerProcess server = scene.server(List.of(), Map.of(), "--min-free=0")) {
            server.launch(Map.of());
            Integer exit = server.awaitEnd(END);
            if (exit == null || exit == 0) {
                scene.wrong(Kind.REFUSED, "a start on a read-only disk ends with " + exit + ": " + scene.log());
            }
            Judge.lastWords(scene);
        }
    }
}
