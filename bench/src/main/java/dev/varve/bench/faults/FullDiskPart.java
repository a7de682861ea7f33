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
 * A disk that fills up: writes are refused whole, with 507; reads, closings and deletions go on; writes go on when there is
 * space again; a start on the full disk loses nothing.
 */
final class FullDiskPart implements Part {

    private static final int[] SMALL_MEBIBYTES = {448};
    private static final int[] LARGE_MEBIBYTES = {448, 512, 576, 640};
    private static final int[] LEFT_OVER_KIBIBYTES = {0, 64, 512, 2_048};
    /** What the journal leaves for checkpoints, without which a deletion could give nothing back. */
    private static final String MIN_FREE = "--min-free=8MiB";

    private static final long ROOM_FOR_CHECKPOINTS = 16 << 20;
    private static final int MAX_BALLAST = 2_000;
    private static final int BALLAST_BYTES = 200_000;
    private static final int EVENTS_EVERY = 10;
    private static final Duration RECOVERY = Duration.ofSeconds(20);

    @Override
    public String name() {
        return "full";
    }

    @Override
    public boolean mounts() {
        return true;
    }

    @Override
    public void run(Stage stage) throws IOException, InterruptedException, Missing {
        Tools.requireMounts();
        int number = 0;
        for (int mebibytes : stage.large() ? LARGE_MEBIBYTES : SMALL_MEBIBYTES) {
            run(stage, mebibytes, LEFT_OVER_KIBIBYTES[number++ % LEFT_OVER_KIBIBYTES.length]);
        }
    }

    private static void run(Stage stage, int mebibytes, int leftOver) throws IOException, InterruptedException {
        long before = stage.findings().count();
        try (SmallDisk disk = new SmallDisk(Files.createDirectories(stage.work().resolve("full")), mebibytes)) {
            Scene scene = stage.sceneOn("a disk of " + mebibytes + " MiB", disk);
            run(stage, scene, disk, leftOver);
            scene.checkAfterRestart(MIN_FREE);
            stage.count("disks filled", 1);
            stage.say("a disk of " + mebibytes + " MiB was full: "
                    + (stage.findings().count() == before ? "good" : "WRONG"));
            stage.strike(scene, before);
        }
    }

    private static void run(Stage stage, Scene scene, SmallDisk disk, int leftOver)
            throws IOException, InterruptedException {
        try (ServerProcess server = scene.server(List.of(), Map.of(), MIN_FREE, "--checkpoint-bytes=4MiB");
                Client client = new Client(scene, 0, 0, 30_000)) {
            server.start(Map.of());
            client.create("bytes", false);
            client.create("json", true);
            client.create("doomed", false);
            client.append("doomed");
            client.append("bytes");
            client.events().append(0);
            client.events().transact(0);
            disk.fill(leftOver * 1024L);

            fillUp(scene, client);
            refusedWhole(scene, client);
            goesOn(scene, client);
            disk.free();
            recovers(scene, client, "space came back from elsewhere");

            disk.fill(ROOM_FOR_CHECKPOINTS);
            fillUp(scene, client);
            refusedWhole(scene, client);
            startsWhileFull(stage, scene, server, disk);
            client.appendAll("bytes", "json");

            if (client.send("DELETE", "/v1/stream/ballast", new byte[0]) == null) {
                scene.wrong(Kind.REFUSED, "no answer to a deletion on a full disk: " + scene.log());
            }
            disk.free();
            recovers(scene, client, "space came back after a start on the full disk");
            scene.check();
            int exit = server.stop();
            if (exit != 0) {
                scene.wrong(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ": " + scene.log());
            }
        }
    }

    private static void fillUp(Scene scene, Client client) throws IOException {
        int before = refused(client);
        for (int i = 0; i < MAX_BALLAST && refused(client) == before; i++) {
            client.ballast(BALLAST_BYTES);
            client.append("bytes");
            client.append("json");
            if (i % EVENTS_EVERY == 0) {
                client.events().append(0);
                client.events().transact(0);
            }
        }
        if (refused(client) == before) {
            scene.wrong(Kind.REFUSED, "the disk does not get full; answers: " + client.problems());
        }
    }

    private static void refusedWhole(Scene scene, Client client) throws IOException {
        int before = refused(client);
        for (int i = 0; i < 20; i++) {
            client.appendAll("bytes", "json");
            client.produce("json");
            client.events().append(0);
            client.events().transact(0);
        }
        if (refused(client) == before) {
            scene.wrong(Kind.REFUSED, "writes are taken again on a full disk; answers: " + client.problems());
        }
        scene.check();
    }

    private static void goesOn(Scene scene, Client client) throws IOException {
        if (!client.read("bytes") || !client.read("json") || !client.readEvents()) {
            scene.wrong(Kind.REFUSED, "reads fail on a full disk");
        }
        if (!client.close("doomed") || !client.delete("doomed")) {
            scene.wrong(Kind.REFUSED, "closing or deleting fails on a full disk; answers: " + client.problems());
        }
    }

    private static void recovers(Scene scene, Client client, String why) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        while (!client.appendAll("bytes", "json")
                || !client.events().append(0)
                || !client.events().transact(0)) {
            if (System.nanoTime() > deadline) {
                scene.wrong(
                        Kind.REFUSED,
                        "writes are refused " + RECOVERY.toSeconds() + " s after " + why + "; answers: "
                                + client.problems() + "; " + scene.log());
                return;
            }
            Thread.sleep(100);
        }
    }

    /** A crash on a full disk. When a start needs space it says so, and goes well as soon as there is some. */
    private static void startsWhileFull(Stage stage, Scene scene, ServerProcess server, SmallDisk disk)
            throws IOException, InterruptedException {
        server.kill();
        try {
            server.start(Map.of());
            stage.count("starts on a full disk", 1);
        } catch (IOException e) {
            if (server.isAlive()) {
                throw e;
            }
            Judge.lastWords(scene);
            stage.count("starts on a full disk that were refused", 1);
            disk.free();
            server.start(Map.of());
        }
        scene.check();
    }

    private static int refused(Client client) {
        return client.problems().getOrDefault("507 out_of_space", 0);
    }
}
