package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.journal.JournalReport;
import dev.varve.engine.journal.JournalReport.Finding;
import dev.varve.engine.journal.JournalReport.SegmentReport;
import dev.varve.engine.journal.JournalReport.State;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.testkit.engine.JournalDriver.Read;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The inspector tells what a journal holds and what is wrong with it, and changes nothing. */
final class JournalInspectorTest {

    private final Group group = new Group();

    private SimulatedDisk store(boolean closed) throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        for (int i = 0; i < 100; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 600), JournalWorld.body(-i, 10));
            if (i == 40) {
                journal.snapshot(new Snapshot(journal.end(), "state"));
                journal.truncate(journal.end());
            }
        }
        if (closed) {
            journal.close();
        }
        return disk.copy(1);
    }

    private static JournalReport inspect(SimulatedDisk disk) throws IOException {
        String before = disk.toString();
        long operations = disk.operations();
        JournalReport report = JournalInspector.inspect(disk, JournalWorld.DIRECTORY);
        assertThat(disk.operations()).isEqualTo(operations);
        assertThat(disk.toString()).isEqualTo(before);
        return report;
    }

    private static List<SegmentReport> withFrames(JournalReport report) {
        return report.segments().stream().filter(s -> s.frames() > 0).toList();
    }

    @Test
    void a_sound_journal_is_described_file_by_file() throws IOException {
        for (boolean closed : new boolean[] {true, false}) {
            SimulatedDisk disk = store(closed);
            JournalReport report = inspect(disk);
            LocalJournal journal = JournalWorld.open(disk.copy(1));
            List<Read> frames = JournalDriver.readAll(journal);
            assertThat(report.problems()).isEmpty();
            assertThat(report.sound()).isTrue();
            assertThat(report.notes()).isEmpty();
            assertThat(report.store()).isEqualTo(JournalWorld.STORE);
            assertThat(report.end()).isEqualTo(journal.end());
            assertThat(report.snapshot()).isEqualTo(journal.latestSnapshot().orElseThrow());
            assertThat(report.mark()).isNotNull().satisfies(mark -> {
                assertThat(mark.closedCleanly()).isEqualTo(closed);
                assertThat(mark.start()).isEqualTo(journal.start());
            });
            assertThat(withFrames(report).stream()
                            .mapToLong(SegmentReport::frames)
                            .sum())
                    .isEqualTo(frames.size());
            assertThat(withFrames(report).stream()
                            .mapToLong(SegmentReport::groups)
                            .sum())
                    .isEqualTo(frames.size() / 2);
            assertThat(withFrames(report).getFirst().firstSequence())
                    .isEqualTo(frames.getFirst().sequence());
            assertThat(withFrames(report).getLast().lastSequence())
                    .isEqualTo(frames.getLast().sequence());
            assertThat(report.segments()).extracting(SegmentReport::state).contains(State.SEALED, State.PREPARED);
            assertThat(report.segments())
                    .filteredOn(s -> s.state() == State.ACTIVE)
                    .hasSize(1);
        }
    }

    @Test
    void every_damaged_frame_is_named_not_only_the_first() throws IOException {
        SimulatedDisk disk = store(true);
        List<Read> frames = JournalDriver.readAll(JournalWorld.open(disk.copy(1)));
        int[] damaged = {3, 4, frames.size() / 2, frames.size() - 1};
        for (int frame : damaged) {
            Read bad = frames.get(frame);
            disk.flip(segmentOf(bad), offsetOf(bad) + 35, 4);
        }
        JournalReport report = inspect(disk);
        assertThat(report.sound()).isFalse();
        for (int frame : damaged) {
            Read bad = frames.get(frame);
            assertThat(report.problems())
                    .as("frame %s", frame)
                    .contains(new Finding(segmentOf(bad), offsetOf(bad), "the body of this frame fails its checksum"));
        }
        assertThat(report.problems()).hasSize(damaged.length);
        assertThat(withFrames(report).stream().mapToLong(SegmentReport::frames).sum())
                .isEqualTo(frames.size() - damaged.length);
    }

    private static Path segmentOf(Read frame) {
        return JournalWorld.segment((int) (frame.position() / JournalWorld.SMALL.segmentBytes()) + 1);
    }

    private static long offsetOf(Read frame) {
        return frame.position() % JournalWorld.SMALL.segmentBytes();
    }

    @Test
    void an_incomplete_group_is_a_note_and_no_problem() throws IOException {
        int notes = 0;
        for (long seed = 0; seed < 60; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            LocalJournal journal = JournalWorld.open(disk);
            long epoch = journal.claim();
            JournalWorld.append(journal, epoch, group, new byte[100]);
            disk.failAt(disk.operations(), Failure.POWER_CUT);
            try {
                JournalWorld.append(journal, epoch, group, new byte[2_000], new byte[2_000]);
            } catch (IOException e) {
                // The power is gone.
            }
            SimulatedDisk found = disk.crash();
            JournalReport report = inspect(found);
            LocalJournal opened = JournalWorld.open(found);
            assertThat(report.problems()).as("seed %s", seed).isEmpty();
            assertThat(report.end()).isEqualTo(opened.end());
            assertThat(report.notes().isEmpty())
                    .as("seed %s", seed)
                    .isEqualTo(opened.recovery().bytesCut() == 0);
            notes += report.notes().size();
        }
        assertThat(notes).isPositive();
    }

    @Test
    void missing_and_unreadable_files_do_not_stop_it() throws IOException {
        SimulatedDisk disk = store(true);
        List<Path> held =
                withFrames(inspect(disk)).stream().map(SegmentReport::file).toList();
        disk.remove(JournalWorld.MARK);
        disk.flip(held.get(0), 100, 1);
        disk.remove(held.get(1));
        disk.put(JournalWorld.DIRECTORY.resolve("x.segment"), new byte[10]);
        disk.flip(JournalWorld.DIRECTORY.resolve("SNAPSHOT"), 40, 1);
        JournalReport report = inspect(disk);
        assertThat(report.mark()).isNull();
        assertThat(report.end()).isEqualTo(-1);
        assertThat(report.problems())
                .extracting(f -> f.file().getFileName().toString())
                .contains(
                        "MARK",
                        "SNAPSHOT",
                        "x.segment",
                        held.get(0).getFileName().toString());
        assertThat(report.segments()).extracting(SegmentReport::state).contains(State.UNREADABLE);
        assertThat(withFrames(report)).isNotEmpty();
    }

    @Test
    void a_missing_segment_is_a_problem_and_the_others_are_still_counted() throws IOException {
        SimulatedDisk disk = store(true);
        JournalReport before = inspect(disk);
        SegmentReport missing = withFrames(before).get(1);
        disk.remove(missing.file());
        JournalReport after = inspect(disk);
        assertThat(after.problems()).extracting(Finding::file).containsExactly(missing.file());
        assertThat(withFrames(after)).hasSize(withFrames(before).size() - 1);
    }

    @Test
    void whatever_bit_is_flipped_opening_and_inspecting_agree_about_damage_that_matters() throws IOException {
        SimulatedDisk disk = store(true);
        int agreed = 0;
        for (Path path : disk.files().keySet()) {
            int size = disk.contents(path).length;
            for (int at = 1; at < size; at += 97) {
                SimulatedDisk damaged = disk.copy(at);
                damaged.flip(path, at, 1 << (at % 8));
                JournalReport report = inspect(damaged);
                boolean opens = true;
                try (LocalJournal journal = JournalWorld.open(damaged)) {
                    JournalDriver.readAll(journal);
                } catch (IOException e) {
                    opens = false;
                }
                if (!opens) {
                    assertThat(report.problems())
                            .as("flip at %s of %s", at, path)
                            .extracting(Finding::file)
                            .contains(path);
                    agreed++;
                }
            }
        }
        assertThat(agreed).isGreaterThan(200);
    }
}
