package dev.varve.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a run keeps its servers' data, and what it takes itself. */
final class Work {

    private Work() {}

    /** A new directory below the given one, or below that of temporary files. */
    static Path directory(String below) throws IOException {
        return below.isEmpty()
                ? Files.createTempDirectory("varve-bench-")
                : Files.createTempDirectory(Path.of(below), "varve-bench-");
    }

    /** What a directory lies on; memory is named, because nothing is durable there. */
    static String describe(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        String what =
                directory + " on " + store.type() + ", " + Runtime.getRuntime().availableProcessors() + " processors";
        return store.type().equals("tmpfs") ? what + "; THIS IS MEMORY: choose another with --directory" : what;
    }

    /** Processor time that this process has used so far. */
    static long ownCpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
