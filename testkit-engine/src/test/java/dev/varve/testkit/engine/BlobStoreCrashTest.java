package dev.varve.testkit.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.files.BlobId;
import dev.varve.engine.files.BlobSink;
import dev.varve.engine.files.BlobSource;
import dev.varve.engine.files.CorruptBlobException;
import dev.varve.engine.files.DiskBlobStore;
import dev.varve.engine.files.NoSpaceForBlobException;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs on a disk that fails, loses power and rots: whole or not there, and never wrong. */
final class BlobStoreCrashTest {

    private static final Path ROOT = Path.of("/data/files");
    private static final int SEEDS = 20;

    private final byte[] content = new byte[150_000];
    private @Nullable BlobId id;

    BlobStoreCrashTest() {
        new Random(1).nextBytes(content);
    }

    private static DiskBlobStore open(SimulatedDisk disk) throws IOException {
        return DiskBlobStore.open(disk, ROOT, 0);
    }

    /** Keeps the content in three pieces; the blob counts from the moment this returns. */
    private BlobId keep(SimulatedDisk disk) throws IOException {
        try (BlobSink sink = open(disk).create()) {
            for (int from = 0; from < content.length; from += 50_000) {
                sink.write(ByteBuffer.wrap(content, from, 50_000));
            }
            id = new BlobId("acme", sink.seal());
            sink.keep("acme");
            return requireNonNull(id);
        }
    }

    private static byte @Nullable [] read(SimulatedDisk disk, BlobId id) throws IOException {
        try (BlobSource source = open(disk).open(id)) {
            if (source == null) {
                return null;
            }
            ByteBuffer read = ByteBuffer.allocate((int) source.size());
            while (read.hasRemaining()) {
                read.put(source.read(read.position(), 1_000_000));
            }
            return read.array();
        }
    }

    private static SimulatedDisk newDisk(long seed) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(seed);
        disk.createDirectoriesDurably(Path.of("/data"));
        return disk;
    }

    @Test
    void the_power_may_go_at_every_operation() throws IOException {
        for (long seed = 0; seed < SEEDS; seed++) {
            boolean kept = false;
            for (long k = 0; !kept; k++) {
                SimulatedDisk disk = newDisk(seed * 1_000 + k);
                disk.failAt(disk.operations() + k, Failure.POWER_CUT);
                try {
                    keep(disk);
                    kept = true;
                    assertThat(k).isGreaterThan(6);
                } catch (IOException e) {
                    assertThat(disk.isOff()).isTrue();
                }
                SimulatedDisk found = disk.crash();
                BlobId wanted = id;
                byte[] left = wanted == null ? null : read(found, wanted);
                if (kept) {
                    assertThat(left).as("seed %d", seed).isEqualTo(content);
                } else if (left != null) {
                    assertThat(left).as("seed %d, operation %d", seed, k).isEqualTo(content);
                }
                // What was never finished takes no space, and the next one is kept.
                assertThat(read(found, keep(found))).isEqualTo(content);
                assertThat(found.files().keySet().stream()
                                .filter(file -> file.toString().endsWith(".tmp")))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"IO_ERROR_ONCE", "NO_SPACE_ONCE"})
    void a_disk_that_refuses_once_leaves_nothing_and_takes_the_next(Failure how) throws IOException {
        boolean kept = false;
        for (long k = 0; !kept; k++) {
            SimulatedDisk disk = newDisk(k);
            disk.failAt(disk.operations() + k, how);
            DiskBlobStore store = open(disk);
            try {
                BlobSink sink = store.create();
                try (sink) {
                    sink.write(ByteBuffer.wrap(content));
                    id = new BlobId("acme", sink.seal());
                    sink.keep("acme");
                    kept = true;
                }
            } catch (IOException e) {
                // Told, and nothing of it counts.
            }
            disk.heal();
            BlobSink next = store.create();
            try (next) {
                next.write(ByteBuffer.wrap(content));
                id = new BlobId("acme", next.seal());
                next.keep("acme");
            }
            SimulatedDisk found = disk.crash();
            assertThat(read(found, requireNonNull(id))).as("operation %d", k).isEqualTo(content);
        }
    }

    @Test
    void too_little_space_is_told_before_the_disk_is_full() throws IOException {
        SimulatedDisk disk = newDisk(1);
        disk.capacity(10_000_000);
        DiskBlobStore store = DiskBlobStore.open(disk, ROOT, 9_000_000);
        try (BlobSink sink = store.create()) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            sink.write(ByteBuffer.wrap(content));
                        }
                    })
                    .isInstanceOf(NoSpaceForBlobException.class)
                    .hasMessageContaining("9000000");
        }
        assertThat(disk.files()).isEmpty();
    }

    @Test
    void a_flipped_bit_in_any_byte_is_told_and_no_wrong_byte_is_given() throws IOException {
        SimulatedDisk disk = newDisk(1);
        BlobId kept = keep(disk);
        Path file = ROOT.resolve("acme").resolve(kept.hex().substring(0, 2)).resolve(kept.hex());
        int length = disk.contents(file).length;
        // Every byte of the checksums and of the end, and bytes all over the content.
        for (int at = 0; at < length; at += at < content.length ? 1_499 : 1) {
            SimulatedDisk damaged = disk.copy(at);
            damaged.flip(file, at, 1 << (at % 8));
            assertThatThrownBy(() -> read(damaged, kept))
                    .as("byte %d", at)
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining(kept.hex());
        }
    }

    @Test
    void what_was_read_before_the_damage_is_right() throws IOException {
        SimulatedDisk disk = newDisk(1);
        BlobId kept = keep(disk);
        Path file = ROOT.resolve("acme").resolve(kept.hex().substring(0, 2)).resolve(kept.hex());
        disk.flip(file, 140_000, 1);

        try (BlobSource source = requireNonNull(open(disk).open(kept))) {
            ByteBuffer first = source.read(0, 2 * 65_536);
            assertThat(first).isEqualTo(ByteBuffer.wrap(content, 0, 2 * 65_536));
            assertThatThrownBy(() -> source.read(131_072, 1)).isInstanceOf(CorruptBlobException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65_535, 65_536, 65_537, 131_072})
    void a_file_cut_anywhere_is_refused(int size) throws IOException {
        SimulatedDisk disk = newDisk(size);
        BlobId kept;
        try (BlobSink sink = open(disk).create()) {
            sink.write(ByteBuffer.wrap(content, 0, size));
            kept = new BlobId("acme", sink.seal());
            sink.keep("acme");
        }
        assertThat(read(disk, kept)).hasSize(size);
        Path file = ROOT.resolve("acme").resolve(kept.hex().substring(0, 2)).resolve(kept.hex());
        byte[] whole = disk.contents(file);
        for (int length = 0; length < whole.length; length += 1 + length / 7) {
            SimulatedDisk cut = disk.copy(length);
            cut.put(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> read(cut, kept)).as("length %d", length).isInstanceOf(CorruptBlobException.class);
        }
    }

    @Test
    void a_blob_under_the_name_of_another_is_refused() throws IOException {
        SimulatedDisk disk = newDisk(1);
        BlobId kept = keep(disk);
        BlobId other = new BlobId("acme", "ab".repeat(32));
        Path from = ROOT.resolve("acme").resolve(kept.hex().substring(0, 2)).resolve(kept.hex());
        Path directory = ROOT.resolve("acme").resolve("ab");
        Path to = directory.resolve(other.hex());
        disk.createDirectories(directory);
        disk.put(to, disk.contents(from));

        assertThatThrownBy(() -> read(disk, other))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("another blob");
    }

    @Test
    void a_damaged_blob_is_replaced_when_the_same_is_stored_again() throws IOException {
        SimulatedDisk disk = newDisk(1);
        BlobId kept = keep(disk);
        Path file = ROOT.resolve("acme").resolve(kept.hex().substring(0, 2)).resolve(kept.hex());
        disk.flip(file, 5, 1);

        keep(disk);

        assertThat(read(disk, kept)).isEqualTo(content);
    }
}
