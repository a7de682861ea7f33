package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.CorruptJournalException;
import dev.varve.engine.journal.IncompatibleJournalException;
import dev.varve.engine.journal.StoreIdentity;
import dev.varve.engine.journal.StoreInUseException;
import dev.varve.engine.journal.StoreLock;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory belongs to one opener at a time, and knows which store it holds. */
final class StoreFilesTest {

    private static final Path DATA = Path.of("/data");
    private static final Path IDENTITY = DATA.resolve("IDENTITY");

    private final SimulatedDisk disk = new SimulatedDisk(1);
    private final SimulatedClock clock = new SimulatedClock();

    private StoreIdentity openOrCreate(Disk on) throws IOException {
        return StoreIdentity.openOrCreate(on, DATA, clock, new Random(1));
    }

    @Test
    void an_empty_directory_gets_an_identity_that_stays() throws IOException {
        disk.createDirectoriesDurably(DATA);
        StoreIdentity made = openOrCreate(disk);
        assertThat(made.complete()).isFalse();
        assertThat(made.createdMillis()).isEqualTo(clock.wallMillis());
        assertThat(openOrCreate(disk.copy(1))).isEqualTo(made);
        StoreIdentity complete = made.completed(disk, DATA);
        assertThat(complete.complete()).isTrue();
        assertThat(complete.store()).isEqualTo(made.store());
        SimulatedDisk found = disk.crash();
        assertThat(openOrCreate(found)).isEqualTo(complete);
        assertThat(StoreIdentity.read(found, DATA)).isEqualTo(complete);
    }

    @Test
    void a_directory_with_other_files_is_refused() throws IOException {
        disk.createDirectoriesDurably(DATA);
        disk.put(DATA.resolve("holiday.jpg"), new byte[3]);
        assertThatThrownBy(() -> openOrCreate(disk))
                .isInstanceOf(IncompatibleJournalException.class)
                .hasMessageContaining("holiday.jpg")
                .hasMessageContaining("IDENTITY");
        assertThat(disk.exists(IDENTITY)).isFalse();
    }

    @Test
    void a_lock_and_the_lost_and_found_of_a_file_system_are_no_content() throws IOException {
        disk.createDirectoriesDurably(DATA.resolve("lost+found"));
        try (StoreLock lock = StoreLock.acquire(disk, DATA, "test")) {
            assertThat(lock).isNotNull();
            assertThat(openOrCreate(disk).complete()).isFalse();
        }
    }

    @Test
    void a_flipped_bit_in_any_byte_of_the_identity_is_refused() throws IOException {
        disk.createDirectoriesDurably(DATA);
        openOrCreate(disk);
        for (int at = 0; at < disk.contents(IDENTITY).length; at++) {
            SimulatedDisk damaged = disk.copy(at);
            damaged.flip(IDENTITY, at, 1 << (at % 8));
            assertThatThrownBy(() -> openOrCreate(damaged))
                    .isInstanceOfSatisfying(
                            CorruptJournalException.class,
                            e -> assertThat(e.file()).isEqualTo(IDENTITY.toString()));
        }
    }

    @Test
    void the_power_may_go_at_every_operation_of_a_creation() throws IOException {
        for (long k = 0; ; k++) {
            SimulatedDisk one = new SimulatedDisk(k);
            one.createDirectoriesDurably(DATA);
            one.failAt(one.operations() + k, Failure.POWER_CUT);
            try {
                openOrCreate(one).completed(one, DATA);
                assertThat(k).isGreaterThan(8);
                return;
            } catch (SimulatedDisk.PowerCutException e) {
                SimulatedDisk found = one.crash();
                assertThat(openOrCreate(found).completed(found, DATA).complete())
                        .isTrue();
            }
        }
    }

    @Test
    void a_second_opener_is_refused_and_told_who_is_the_first() throws IOException {
        disk.createDirectoriesDurably(DATA);
        StoreLock first = StoreLock.acquire(disk, DATA, "process 4711");
        assertThatThrownBy(() -> StoreLock.acquire(disk, DATA, "process 4712"))
                .isInstanceOf(StoreInUseException.class)
                .hasMessageContaining("/data is in use by process 4711");
        first.close();
        first.close();
        StoreLock.acquire(disk, DATA, "process 4712").close();
    }

    @Test
    void a_lock_in_a_directory_that_is_not_there_is_no_lock_in_use() {
        assertThatThrownBy(() -> StoreLock.acquire(disk, DATA, "me")).isNotInstanceOf(StoreInUseException.class);
    }

    @Test
    void the_lock_holds_against_this_process_and_others(@TempDir Path directory) throws Exception {
        SystemDisk system = new SystemDisk();
        StoreLock lock = StoreLock.acquire(system, directory, StoreLock.thisProcess());
        String owner = "process " + ProcessHandle.current().pid();
        assertThatThrownBy(() -> StoreLock.acquire(system, directory.resolve("."), "me"))
                .isInstanceOf(StoreInUseException.class)
                .hasMessageContaining(owner);
        assertThat(lockFromAnotherProcess(directory)).contains("refused").contains(owner);
        lock.close();
        assertThat(lockFromAnotherProcess(directory)).contains("taken");
        StoreLock.acquire(system, directory, "me").close();
    }

    private static String lockFromAnotherProcess(Path directory) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    /** Tries to take a lock and says how it went. */
    static final class OtherProcess {

        private OtherProcess() {}

        public static void main(String[] args) throws IOException {
            try (StoreLock lock = StoreLock.acquire(new SystemDisk(), Path.of(args[0]), StoreLock.thisProcess())) {
                System.out.println("taken " + (lock != null));
            } catch (StoreInUseException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }
}
