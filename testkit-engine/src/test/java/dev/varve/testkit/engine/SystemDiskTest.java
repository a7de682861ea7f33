package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.engine.io.SystemDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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

    @Test
    void what_fails_names_the_file() throws IOException {
        // A directory can be opened for reading, but not read.
        try (DiskFile file = disk().open(directory, Disk.Open.READ)) {
            assertThatThrownBy(() -> file.read(4096, ByteBuffer.allocate(8)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(directory + ": ");
        }
    }

    @Override
    protected void link(Path name, Path file) throws IOException {
        Files.createLink(name, file);
    }
}
