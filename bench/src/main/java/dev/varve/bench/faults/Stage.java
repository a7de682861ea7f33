package dev.varve.bench.faults;

import dev.varve.bench.Findings;
import dev.varve.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What all parts of one run share. Confined to one thread. */
final class Stage {

    private final Path work;
    private final long seed;
    private final boolean large;
    private final boolean keep;

    /** Of all servers, of which one runs at a time. */
    private final int port;

    private final Findings findings = new Findings();
    private final Map<String, Long> observed = new LinkedHashMap<>();
    private int scenes;
    private int kepts;

    Stage(Path work, long seed, boolean large, boolean keep) throws IOException {
        this.work = work;
        this.seed = seed;
        this.large = large;
        this.keep = keep;
        this.port = ServerProcess.reservePort();
    }

    boolean large() {
        return large;
    }

    long seed() {
        return seed;
    }

    Path work() {
        return work;
    }

    Findings findings() {
        return findings;
    }

    /** A new, empty scene. */
    Scene scene(String name) throws IOException {
        return scene(name, work.resolve("scene-" + scenes++));
    }

    /** A new, empty scene in a directory that must not exist. */
    Scene scene(String name, Path directory) throws IOException {
        return new Scene(name, directory, directory.resolve("data"), port, seed, findings);
    }

    /** A new, empty scene whose data are on another disk. */
    Scene sceneOn(String name, SmallDisk disk) throws IOException {
        return new Scene(name, work.resolve("scene-" + scenes++), disk.root().resolve("data"), port, seed, findings);
    }

    /** Says what a case showed. */
    void say(String words) {
        System.out.println("faults: " + words);
    }

    /** Counts something that happened. */
    void count(String what, long more) {
        observed.merge(what, more, Long::sum);
    }

    Map<String, Long> observed() {
        return observed;
    }

    /** Removes a scene, unless something was wrong in it or everything is kept. */
    void strike(Scene scene, long findingsBefore) throws IOException {
        count("appends of events acknowledged", scene.events().appends());
        count("transactions acknowledged", scene.events().transactions());
        if (findings.count() == findingsBefore && !keep) {
            scene.delete();
        } else {
            scene.close();
            Path kept = work.resolve("kept-" + kepts++);
            Files.move(scene.file(""), kept);
            say("kept " + kept);
        }
    }
}
