package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulatedDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The simulated disk loses what a disk may lose, and keeps what it must keep. */
final class SimulatedDiskTest extends DiskContract {

    private static final Path DIRECTORY = Path.of("/d");
    private static final Path FILE = Path.of("/d/f");
    private static final int SEEDS = 200;

    private final SimulatedDisk disk = new SimulatedDisk(1);

    @Override
    protected Disk disk() {
        return disk;
    }

    @Override
    protected Path emptyDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
        return DIRECTORY;
    }

    @Override
    protected void link(Path name, Path file) {
        disk.link(name, file);
    }

    private static SimulatedDisk diskWithFile(long seed, int bytes) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(seed);
        disk.createDirectories(DIRECTORY);
        disk.syncDirectory(Path.of("/"));
        try (DiskFile file = disk.open(FILE, Disk.Open.CREATE)) {
            file.write(0, filled(bytes, 1));
            file.sync();
        }
        disk.syncDirectory(DIRECTORY);
        return disk;
    }

    private static ByteBuffer filled(int bytes, int value) {
        byte[] content = new byte[bytes];
        Arrays.fill(content, (byte) value);
        return ByteBuffer.wrap(content);
    }

    private static byte[] content(SimulatedDisk disk) {
        return disk.contents(FILE);
    }

    @Test
    void what_was_written_is_seen_at_once() throws IOException {
        SimulatedDisk disk = diskWithFile(1, 10);
        try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
            file.write(5, filled(10, 2));
            ByteBuffer read = ByteBuffer.allocate(20);
            assertThat(file.read(0, read)).isEqualTo(15);
            assertThat(read.array()).startsWith(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
            assertThat(file.size()).isEqualTo(15);
        }
    }

    @Test
    void what_was_synced_survives_every_power_cut() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWithFile(seed, 10_000);
            try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
                file.writeDurably(3_000, filled(2_000, 2));
            }
            byte[] found = content(disk.crash());
            assertThat(found).hasSize(10_000);
            assertThat(Arrays.copyOfRange(found, 0, 3_000)).containsOnly(1);
            assertThat(Arrays.copyOfRange(found, 3_000, 5_000)).containsOnly(2);
            assertThat(Arrays.copyOfRange(found, 5_000, 10_000)).containsOnly(1);
        }
    }

    @Test
    void what_was_not_synced_is_kept_by_whole_sectors_in_all_combinations() throws IOException {
        Set<String> outcomes = new HashSet<>();
        SimulatedDisk last = new SimulatedDisk(0);
        for (int seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWithFile(seed, 2_048);
            try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
                file.write(0, filled(2_048, 2));
            }
            last = disk.crash();
            byte[] found = content(last);
            StringBuilder outcome = new StringBuilder();
            for (int sector = 0; sector < 4; sector++) {
                byte[] bytes = Arrays.copyOfRange(found, sector * 512, sector * 512 + 512);
                assertThat(bytes).containsOnly(bytes[0]);
                outcome.append(bytes[0]);
            }
            outcomes.add(outcome.toString());
        }
        assertThat(outcomes).contains("1111", "2222").hasSizeGreaterThan(10);
    }

    @Test
    void a_name_survives_for_sure_only_when_its_directory_was_synced() throws IOException {
        int lost = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWithFile(seed, 10);
            disk.rename(FILE, Path.of("/d/g"));
            SimulatedDisk found = disk.copy(seed).crash();
            assertThat(found.exists(Path.of("/d/g"))).isTrue();
            found = disk.crash();
            assertThat(found.exists(FILE)).isNotEqualTo(found.exists(Path.of("/d/g")));
            lost += found.exists(FILE) ? 1 : 0;
        }
        assertThat(lost).isBetween(1, SEEDS - 1);
        SimulatedDisk disk = diskWithFile(1, 10);
        disk.delete(FILE);
        disk.syncDirectory(DIRECTORY);
        assertThat(disk.crash().exists(FILE)).isFalse();
    }

    @Test
    void after_a_failed_sync_a_later_one_stores_nothing_of_it() throws IOException {
        int lost = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            SimulatedDisk disk = diskWithFile(seed, 512);
            try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
                file.write(0, filled(512, 2));
                disk.failAt(disk.operations(), Failure.IO_ERROR_ONCE);
                assertThatThrownBy(file::sync).isInstanceOf(IOException.class);
                file.sync();
            }
            assertThat(content(disk)).containsOnly(2);
            lost += content(disk.crash())[0] == 1 ? 1 : 0;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void the_power_goes_at_the_chosen_operation_and_nothing_works_after_it() throws IOException {
        SimulatedDisk disk = diskWithFile(1, 10);
        DiskFile file = disk.open(FILE, Disk.Open.WRITE);
        disk.failAt(disk.operations() + 1, Failure.POWER_CUT);
        file.write(0, filled(1, 2));
        assertThatThrownBy(() -> file.write(0, filled(1, 3))).isInstanceOf(SimulatedDisk.PowerCutException.class);
        assertThatThrownBy(file::sync).isInstanceOf(SimulatedDisk.PowerCutException.class);
        assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
        assertThat(disk.crash().exists(FILE)).isTrue();
    }

    @Test
    void a_durable_write_beyond_the_synced_size_is_a_mistake_of_the_program() throws IOException {
        SimulatedDisk disk = diskWithFile(1, 10);
        try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
            assertThatThrownBy(() -> file.writeDurably(5, filled(6, 2))).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_full_disk_refuses_growth_only() throws IOException {
        SimulatedDisk disk = diskWithFile(1, 100);
        disk.capacity(150);
        try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
            file.write(100, filled(50, 2));
            assertThatThrownBy(() -> file.write(150, filled(1, 2))).hasMessageContaining("No space left");
            file.write(0, filled(150, 3));
        }
        assertThat(disk.count(Fault.NO_SPACE)).isEqualTo(1);
        assertThat(disk.usableBytes(DIRECTORY)).isZero();
    }

    @Test
    void a_range_can_be_made_unreadable() throws IOException {
        SimulatedDisk disk = diskWithFile(1, 100);
        disk.failReads(FILE, 50, 60);
        try (DiskFile file = disk.open(FILE, Disk.Open.READ)) {
            assertThat(file.read(0, ByteBuffer.allocate(50))).isEqualTo(50);
            assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(51))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void one_seed_gives_one_behaviour() throws IOException {
        assertThat(run(7)).isEqualTo(run(7)).isNotEqualTo(run(8));
    }

    private static String run(long seed) throws IOException {
        SimulatedDisk disk = diskWithFile(seed, 20_000);
        for (int i = 0; i < 20; i++) {
            try (DiskFile file = disk.open(FILE, Disk.Open.WRITE)) {
                file.write(i * 900L, filled(2_000, i));
            }
            if (i % 5 == 4) {
                disk = disk.crash();
            }
        }
        return disk.traceHash() + disk.toString();
    }
}
