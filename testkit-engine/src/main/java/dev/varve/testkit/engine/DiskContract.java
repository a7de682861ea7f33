package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Disk} must do while nothing fails. A subclass says which one. */
public abstract class DiskContract {

    private Disk disk;
    private Path directory;

    /** For JUnit. */
    protected DiskContract() {}

    /**
     * The disk.
     *
     * @return the disk
     */
    protected abstract Disk disk();

    /**
     * A directory on it that is empty.
     *
     * @return its path
     * @throws IOException when there is none
     */
    protected abstract Path emptyDirectory() throws IOException;

    /**
     * Gives a file a second name.
     *
     * @param name the new name
     * @param file the file
     * @throws IOException when it cannot
     */
    protected abstract void link(Path name, Path file) throws IOException;

    @BeforeEach
    final void start() throws IOException {
        disk = disk();
        directory = emptyDirectory();
    }

    private Path file(String name, String content) throws IOException {
        Path path = directory.resolve(name);
        try (DiskFile file = disk.open(path, Disk.Open.CREATE)) {
            file.write(0, bytes(content));
            file.sync();
        }
        return path;
    }

    private String content(Path path) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            ByteBuffer target = ByteBuffer.allocate((int) file.size() + 10);
            assertThat(file.read(0, target)).isEqualTo((int) file.size());
            return StandardCharsets.US_ASCII.decode(target.flip()).toString();
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void what_was_written_is_read_at_its_place() throws IOException {
        Path path = file("a", "0123456789");
        try (DiskFile file = disk.open(path, Disk.Open.WRITE)) {
            file.write(8, bytes("abcd"));
            file.sync();
            ByteBuffer durable = bytes("--xyz--").position(2).limit(5);
            file.writeDurably(2, durable);
            assertThat(durable.hasRemaining()).isFalse();
            assertThat(file.size()).isEqualTo(12);
            ByteBuffer target = ByteBuffer.allocateDirect(4).position(1);
            assertThat(file.read(1, target)).isEqualTo(3);
            assertThat((char) target.get(1)).isEqualTo('1');
            assertThat((char) target.get(2)).isEqualTo('x');
            assertThat(file.read(12, ByteBuffer.allocate(5))).isZero();
            assertThat(file.read(100, ByteBuffer.allocate(5))).isZero();
        }
        assertThat(content(path)).isEqualTo("01xyz567abcd");
    }

    @Test
    void a_file_is_created_once_and_opened_only_when_it_is_there() throws IOException {
        Path path = file("a", "x");
        assertThatThrownBy(() -> disk.open(path, Disk.Open.CREATE)).isInstanceOf(FileAlreadyExistsException.class);
        for (Disk.Open how : new Disk.Open[] {Disk.Open.READ, Disk.Open.WRITE}) {
            assertThatThrownBy(() -> disk.open(directory.resolve("none"), how)).isInstanceOf(NoSuchFileException.class);
        }
        assertThatThrownBy(() -> disk.open(directory.resolve("none/a"), Disk.Open.CREATE))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_file_opened_for_reading_takes_no_writes() throws IOException {
        Path path = file("a", "x");
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            assertThatThrownBy(() -> file.write(0, bytes("y")))
                    .isInstanceOfAny(IOException.class, RuntimeException.class);
            assertThatThrownBy(() -> file.writeDurably(0, bytes("y")))
                    .isInstanceOfAny(IOException.class, RuntimeException.class);
        }
        assertThat(content(path)).isEqualTo("x");
    }

    @Test
    void a_rename_replaces_and_open_files_go_with_it() throws IOException {
        Path from = file("from", "new");
        Path to = file("to", "old");
        try (DiskFile file = disk.open(from, Disk.Open.WRITE)) {
            disk.rename(from, to);
            file.writeDurably(0, bytes("N"));
        }
        disk.syncDirectory(directory);
        assertThat(disk.exists(from)).isFalse();
        assertThat(content(to)).isEqualTo("New");
        assertThatThrownBy(() -> disk.rename(from, to)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_deleted_file_is_gone_and_deleting_it_again_is_harmless() throws IOException {
        Path path = file("a", "x");
        disk.delete(path);
        disk.delete(path);
        assertThat(disk.exists(path)).isFalse();
    }

    @Test
    void a_directory_lists_its_entries_sorted() throws IOException {
        Path b = file("b", "");
        Path a = file("a", "");
        Path c = directory.resolve("c");
        disk.createDirectoriesDurably(c.resolve("d"));
        disk.createDirectoriesDurably(c.resolve("d"));
        assertThat(disk.list(directory)).containsExactly(a, b, c);
        assertThat(disk.list(c)).containsExactly(c.resolve("d"));
        assertThatThrownBy(() -> disk.list(directory.resolve("none"))).isInstanceOf(IOException.class);
    }

    @Test
    void links_are_counted() throws IOException {
        Path a = file("a", "x");
        assertThat(disk.linkCount(a)).isEqualTo(1);
        link(directory.resolve("b"), a);
        assertThat(disk.linkCount(a)).isEqualTo(2);
        disk.delete(a);
        assertThat(disk.linkCount(directory.resolve("b"))).isEqualTo(1);
    }

    @Test
    void a_lock_has_one_holder_and_can_be_taken_again() throws IOException {
        Path lock = directory.resolve("LOCK");
        for (int i = 0; i < 3; i++) {
            Closeable held = disk.lock(lock);
            assertThat(held).isNotNull();
            assertThat(disk.lock(lock)).isNull();
            held.close();
            held.close();
        }
        assertThatThrownBy(() -> disk.lock(directory.resolve("none/LOCK"))).isInstanceOf(IOException.class);
    }

    @Test
    void free_space_is_told() throws IOException {
        assertThat(disk.usableBytes(directory)).isPositive();
    }
}
