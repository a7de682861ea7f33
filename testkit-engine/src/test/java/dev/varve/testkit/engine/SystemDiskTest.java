package dev.varve.testkit.engine;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.SystemDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Real files keep the contract of a disk. */
final class SystemDiskTest extends DiskContract {

    @TempDir
    Path directory;

    @Override
    protected Disk disk() {
        return new SystemDisk();
    }

    @Override
    protected Path emptyDirectory() {
        return directory;
    }

    @Override
    protected void link(Path name, Path file) throws IOException {
        Files.createLink(name, file);
    }
}
