package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.faults.Tools.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A process that may open no further file: connections that are there are served, new ones wait or are refused, writes that
 * need a file are refused clearly, and everything goes on when the limit is raised again.
 */
final class DescriptorsPart implements Part {

    private static final int CONNECTIONS = 40;
    private static final Duration RECOVERY = Duration.ofSeconds(20);
    private static final int BALLAST_BYTES = 200_000;
    private static final int BALLASTS = 120;

    @Override
    public String name() {
        return "descriptors";
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Tools.requireProgram("prlimit", "util-linux");
        for (int spare : stage.large() ? List.of(0, 1, 2, 5, 20) : List.of(1)) {
            run(stage, spare);
        }
    }

    private static void run(Stage stage, int spare) throws IOException, InterruptedException {
        long before = stage.findings().count();
        Scene scene = stage.scene(spare + " descriptors left");
        try (ServerProcess server = scene.server(List.of(), Map.of(), "--checkpoint-bytes=256KiB");
                Client client = new Client(scene, 0, 0, 30_000)) {
            server.start(Map.of());
            client.create("bytes", false);
            client.create("json", true);
            client.append("bytes");
            client.events().append(0);
            client.events().transact(0);
            String pid = Long.toString(server.pid());
            String usual = limit(server.pid());
            Tools.must("prlimit", "--pid", pid, "--nofile=" + (highest(server.pid()) + 1 + spare) + ":" + usual);
            List<Http> more = flood(scene.port());
            for (int i = 0; i < BALLASTS && server.isAlive(); i++) {
                client.ballast(BALLAST_BYTES); // checkpoints and segments need files
                client.append("bytes");
                client.produce("json");
                client.appendAll("bytes", "json");
                client.events().append(0);
                client.events().transact(0);
            }
            client.read("bytes");
            client.readEvents();
            if (!server.isAlive()) {
                scene.wrong(Kind.REFUSED, "without descriptors the server ended: " + scene.log());
                return;
            }
            more.forEach(Http::close);
            Tools.must("prlimit", "--pid", pid, "--nofile=" + usual + ":" + usual);
            recovers(scene);
            scene.check();
            int exit = server.stop();
            if (exit != 0) {
                scene.wrong(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ": " + scene.log());
            }
            stage.say(spare + " descriptors left: answers besides success: " + client.problems());
        }
        scene.checkAfterRestart();
        stage.count("times out of descriptors", 1);
        stage.strike(scene, before);
    }

    /** Connections that take what is left. */
    private static List<Http> flood(int port) {
        List<Http> connections = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Http http = new Http(port, 300);
            try {
                http.send("GET", "/healthz", new byte[0]);
            } catch (IOException e) {
                // Not accepted, as it has to be.
            }
            connections.add(http);
        }
        return connections;
    }

    private static void recovers(Scene scene) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        try (Client fresh = new Client(scene, 1, 0, 3_000)) {
            fresh.knows("bytes", false);
            while (!fresh.append("bytes")) {
                if (System.nanoTime() > deadline) {
                    scene.wrong(
                            Kind.REFUSED,
                            "a new connection cannot write " + RECOVERY.toSeconds()
                                    + " s after the limit was raised; answers: " + fresh.problems() + ", "
                                    + fresh.unanswered() + " without: " + scene.log());
                    return;
                }
                Thread.sleep(100);
            }
        }
    }

    private static int highest(long pid) throws IOException {
        try (var open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.mapToInt(path -> Integer.parseInt(path.getFileName().toString()))
                    .max()
                    .orElseThrow();
        }
    }

    private static String limit(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split("\\s{2,}")[2])
                .findFirst()
                .orElseThrow();
    }
}
