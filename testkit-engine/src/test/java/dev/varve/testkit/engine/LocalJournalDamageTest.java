package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.journal.CorruptJournalException;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.IncompatibleJournalException;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.testkit.engine.JournalDriver.Read;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What opening and reading say to damaged files: cut what a crash explains, refuse the rest and name the place. */
final class LocalJournalDamageTest {

    private static final int BLOCK_BYTES = 4_096;
    private static final JournalOptions TINY = JournalWorld.SMALL.withSegmentBytes(8 << 10, 8 << 10);
    private static final int HEADER_BYTES = Group.HEADER_BYTES;
    private static final int FIRST_FRAME = BLOCK_BYTES + HEADER_BYTES;

    private final Group group = new Group();

    /** A group as it was appended: where it lies in the first segment, and its bodies. */
    private record Appended(int from, int to, List<byte[]> bodies) {}

    /** A disk with one segment of which the mark knows nothing yet, as after a power cut. */
    private SimulatedDisk crashed(List<Appended> appended, int... framesPerGroup) throws IOException {
        return crashedWith(appended, 100, framesPerGroup);
    }

    private SimulatedDisk crashedWith(List<Appended> appended, int bodyBytes, int... framesPerGroup)
            throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        long id = 0;
        for (int frames : framesPerGroup) {
            int from = (int) journal.end();
            byte[][] bodies = new byte[frames][];
            for (int i = 0; i < frames; i++) {
                bodies[i] = JournalWorld.body(id, bodyBytes + (int) (id % 5));
                id++;
            }
            JournalWorld.append(journal, epoch, group, bodies);
            appended.add(new Appended(from, (int) journal.end(), Arrays.asList(bodies)));
        }
        return disk.copy(1);
    }

    private static List<byte[]> bodies(List<Appended> groups) {
        return groups.stream().flatMap(g -> g.bodies().stream()).toList();
    }

    private static List<byte[]> readBodies(LocalJournal journal) throws IOException {
        return JournalDriver.readAll(journal).stream().map(Read::body).toList();
    }

    private static void assertHolds(LocalJournal journal, List<Appended> groups, String when) throws IOException {
        List<byte[]> expected = bodies(groups);
        List<byte[]> found = readBodies(journal);
        assertThat(found).as(when).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Arrays.equals(found.get(i), expected.get(i))).as(when).isTrue();
        }
    }

    private void assertGoesOn(SimulatedDisk disk, LocalJournal journal, String when) throws IOException {
        int before = readBodies(journal).size();
        JournalWorld.append(journal, journal.claim(), group, JournalWorld.body(999, 50));
        SimulatedDisk found = disk.crash();
        LocalJournal again = JournalWorld.open(found);
        assertThat(readBodies(again)).as(when).hasSize(before + 1);
        assertThat(again.recovery().bytesCut()).as(when).isZero();
    }

    // ------------------------------------------------------------------ torn tails

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0xFF})
    void a_tail_torn_at_any_byte_of_the_last_groups_is_cut_to_the_last_whole_group(int filler) throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 1, 1, 3, 1);
        byte[] whole = disk.contents(JournalWorld.segment(1));
        int end = groups.getLast().to();
        int torn = 0;
        for (int at = groups.get(1).from(); at < end; at++) {
            byte[] bytes = whole.clone();
            int tornGroup = 0;
            while (groups.get(tornGroup).to() <= at) {
                tornGroup++;
            }
            Arrays.fill(bytes, at, groups.get(tornGroup).to(), (byte) filler);
            Arrays.fill(bytes, groups.get(tornGroup).to(), end, (byte) 0);
            boolean same = Arrays.equals(
                    bytes,
                    0,
                    groups.get(tornGroup).to(),
                    whole,
                    0,
                    groups.get(tornGroup).to());
            SimulatedDisk cut = disk.copy(at);
            cut.put(JournalWorld.segment(1), bytes);
            String when = "torn at byte " + at + " of " + end;
            LocalJournal journal = JournalWorld.open(cut);
            assertHolds(journal, groups.subList(0, tornGroup + (same ? 1 : 0)), when);
            torn += same ? 0 : 1;
            if (at % 13 == 0) {
                assertGoesOn(cut, journal, when);
            }
        }
        assertThat(torn).isGreaterThan(400);
    }

    @Test
    void a_hole_of_any_sector_inside_the_last_group_cuts_that_group() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashedWith(groups, 700, 1, 2, 8);
        byte[] whole = disk.contents(JournalWorld.segment(1));
        Appended last = groups.getLast();
        for (int sector : new int[] {512, BLOCK_BYTES}) {
            for (int at = last.from() / sector * sector; at < last.to(); at += sector) {
                byte[] bytes = whole.clone();
                Arrays.fill(bytes, Math.max(at, last.from()), Math.min(at + sector, last.to()), (byte) 0);
                SimulatedDisk holed = disk.copy(at);
                holed.put(JournalWorld.segment(1), bytes);
                LocalJournal journal = JournalWorld.open(holed);
                String when = "hole of " + sector + " bytes at " + at;
                assertHolds(journal, groups.subList(0, 2), when);
                assertGoesOn(holed, journal, when);
            }
        }
    }

    @Test
    void a_hole_in_a_group_before_the_last_is_refused_with_its_place() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashedWith(groups, 700, 1, 8, 1);
        Appended middle = groups.get(1);
        byte[] whole = disk.contents(JournalWorld.segment(1));
        for (int at = middle.from(); at + 512 < middle.to(); at += 512) {
            byte[] bytes = whole.clone();
            Arrays.fill(bytes, at, at + 512, (byte) 0);
            SimulatedDisk holed = disk.copy(at);
            holed.put(JournalWorld.segment(1), bytes);
            assertRefused(holed, JournalWorld.segment(1), middle.from(), middle.to());
            assertThat(holed.contents(JournalWorld.segment(1))).isEqualTo(bytes);
        }
    }

    @Test
    void what_is_cut_is_kept_in_lost_and_found_and_zeroed() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 4);
        Appended last = groups.getLast();
        disk.flip(JournalWorld.segment(1), last.to() - 20, 1);
        byte[] damaged = disk.contents(JournalWorld.segment(1));
        LocalJournal journal = JournalWorld.open(disk);
        assertThat(journal.recovery().bytesCut()).isEqualTo(last.to() - last.from());
        assertThat(journal.recovery().cutFrom()).isEqualTo(last.from());
        assertThat(journal.recovery().groupsPastMark()).isEqualTo(1);
        Path saved = journal.recovery().savedTo();
        assertThat(saved).isNotNull();
        assertThat(disk.files().get(saved)).isEqualTo(Arrays.copyOfRange(damaged, last.from(), last.to()));
        assertThat(Arrays.copyOfRange(disk.contents(JournalWorld.segment(1)), last.from(), last.to()))
                .containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 13, 100, 1_500})
    void what_is_cut_is_kept_whole_whichever_bit_of_its_last_header_is_damaged(int bodyBytes) throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashedWith(groups, bodyBytes, 1, 2);
        Appended last = groups.getLast();
        int header = last.to() - frameBytes(last.bodies().getLast());
        // An earlier life of the file has left something behind the end.
        byte[] bytes = disk.contents(JournalWorld.segment(1));
        byte[] noise = new byte[bytes.length - last.to()];
        new Random(bodyBytes).nextBytes(noise);
        System.arraycopy(noise, 0, bytes, last.to(), noise.length);
        disk.put(JournalWorld.segment(1), bytes);
        int exact = 0;
        for (int bit = 0; bit < HEADER_BYTES * 8; bit++) {
            SimulatedDisk damaged = disk.copy(bit);
            damaged.flip(JournalWorld.segment(1), header + bit / 8, 1 << (bit % 8));
            byte[] before = damaged.contents(JournalWorld.segment(1));
            LocalJournal journal = JournalWorld.open(damaged);
            String when = "flip of bit " + bit % 8 + " of byte " + bit / 8 + " of the header";
            assertHolds(journal, groups.subList(0, 1), when);
            byte[] kept = Objects.requireNonNull(
                    damaged.files().get(journal.recovery().savedTo()));
            int length = last.to() - last.from();
            assertThat(kept.length).as(when).isGreaterThanOrEqualTo(length);
            assertThat(kept).as(when).isEqualTo(Arrays.copyOfRange(before, last.from(), last.from() + kept.length));
            exact += kept.length == length ? 1 : 0;
            if (bit % 32 == 0) {
                assertGoesOn(damaged, journal, when);
            }
        }
        // Only the checksum of the body, when it is damaged itself, leaves the end open.
        assertThat(exact).isGreaterThanOrEqualTo((HEADER_BYTES - Integer.BYTES) * 8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_is_cut_is_kept_whole_whatever_a_hole_behind_its_first_header_covers(boolean noise) throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashedWith(groups, 700, 1, 4);
        Appended last = groups.getLast();
        Path segment = JournalWorld.segment(1);
        byte[] whole = disk.contents(segment);
        if (noise) {
            // An earlier life of the file has left something behind the end.
            byte[] earlier = new byte[whole.length - last.to()];
            new Random(1).nextBytes(earlier);
            System.arraycopy(earlier, 0, whole, last.to(), earlier.length);
        }
        for (int bytes : new int[] {HEADER_BYTES, 512, 1_024}) {
            // Not to the end: what is left behind the hole is to be kept, too.
            for (int at = last.from() + HEADER_BYTES; at + bytes < last.to(); at += 8) {
                byte[] holed = whole.clone();
                Arrays.fill(holed, at, at + bytes, (byte) 0);
                SimulatedDisk damaged = disk.copy(at);
                damaged.put(segment, holed);
                LocalJournal journal = JournalWorld.open(damaged);
                String when = "hole of " + bytes + " bytes at " + at;
                assertHolds(journal, groups.subList(0, 1), when);
                byte[] kept = Objects.requireNonNull(
                        damaged.files().get(journal.recovery().savedTo()));
                assertThat(kept.length).as(when).isGreaterThanOrEqualTo(last.to() - last.from());
                assertThat(kept).as(when).isEqualTo(Arrays.copyOfRange(holed, last.from(), last.from() + kept.length));
                if (at % 640 == 0) {
                    assertGoesOn(damaged, journal, when);
                }
            }
        }
    }

    private static int frameBytes(byte[] body) {
        return HEADER_BYTES + (body.length + 7) / 8 * 8;
    }

    @Test
    void what_is_cut_is_kept_as_far_as_anything_was_written_when_length_and_body_are_damaged() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashedWith(groups, 500, 1, 1);
        Appended last = groups.getLast();
        Path segment = JournalWorld.segment(1);
        disk.flip(segment, last.from() + 5, 0x40);
        disk.flip(segment, last.from() + HEADER_BYTES + 100, 1);
        byte[] damaged = disk.contents(segment);

        LocalJournal journal = JournalWorld.open(disk);

        assertHolds(journal, groups.subList(0, 1), "two damages");
        assertThat(disk.files().get(journal.recovery().savedTo()))
                .isEqualTo(Arrays.copyOfRange(damaged, last.from(), last.to()));
    }

    @Test
    void a_full_disk_does_not_keep_a_torn_journal_from_opening() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 4);
        disk.flip(JournalWorld.segment(1), groups.getLast().to() - 20, 1);
        disk.capacity(disk.files().values().stream().mapToLong(b -> b.length).sum());
        LocalJournal journal = JournalWorld.open(disk);
        assertHolds(journal, groups.subList(0, 1), "full disk");
        assertThat(journal.recovery().savedTo()).isNotNull();
        assertGoesOn(disk, journal, "full disk");
    }

    // ------------------------------------------------------------------ flipped bits

    /** A small store with everything: rolled, truncated, recycled, snapshots, closed in peace. */
    private SimulatedDisk closedStore() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        try (LocalJournal journal = JournalWorld.open(disk, TINY, new SimulatedClock())) {
            long epoch = journal.claim();
            for (int i = 0; i < 40; i++) {
                JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 500 - i), JournalWorld.body(-i, 9));
                if (i == 12 || i == 24) {
                    journal.snapshot(new Snapshot(journal.end(), "state " + i));
                    journal.truncate(journal.end());
                }
            }
        }
        return disk.copy(1);
    }

    @Test
    void a_flipped_bit_in_any_byte_of_a_closed_store_is_refused_with_its_place_or_changes_nothing() throws IOException {
        SimulatedDisk disk = closedStore();
        List<Read> expected = JournalDriver.readAll(JournalWorld.open(disk.copy(1)));
        assertThat(expected.size()).isBetween(20, 100);
        Random random = new Random(1);
        long refused = 0;
        long harmless = 0;
        for (Map.Entry<Path, byte[]> file : disk.files().entrySet()) {
            boolean oneSlotOfTwo = file.getKey().equals(JournalWorld.MARK);
            for (int at = 0; at < file.getValue().length; at++) {
                SimulatedDisk damaged = disk.copy(at);
                damaged.flip(file.getKey(), at, 1 << random.nextInt(8));
                if (isRefused(damaged, expected, file.getKey(), at)) {
                    refused++;
                    assertThat(oneSlotOfTwo)
                            .as("a flip in one slot of the mark")
                            .isFalse();
                } else {
                    harmless++;
                }
            }
        }
        assertThat(refused).isGreaterThan(30_000);
        assertThat(harmless).isGreaterThan(8_192);
    }

    private static boolean isRefused(SimulatedDisk disk, List<Read> expected, Path file, int at) throws IOException {
        String when = "flip at byte " + at + " of " + file;
        try (LocalJournal journal = JournalWorld.open(disk)) {
            assertThat(same(JournalDriver.readAll(journal), expected)).as(when).isTrue();
            return false;
        } catch (CorruptJournalException e) {
            assertThat(e.file()).as(when).isEqualTo(file.toString());
            assertThat(e.offset()).as(when).isBetween(at - 4_096L, (long) at);
            assertThat(e).hasMessageContaining(file.toString());
            return true;
        }
    }

    private static boolean same(List<Read> found, List<Read> expected) {
        boolean same = found.size() == expected.size();
        for (int i = 0; same && i < expected.size(); i++) {
            same = found.get(i).sequence() == expected.get(i).sequence()
                    && Arrays.equals(found.get(i).body(), expected.get(i).body());
        }
        return same;
    }

    @Test
    void a_flipped_bit_past_the_mark_is_refused_or_costs_the_last_group_at_most() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 3, 2, 1, 2);
        Appended last = groups.getLast();
        int refused = 0;
        int cut = 0;
        for (int at = FIRST_FRAME; at < last.to() + 100; at++) {
            SimulatedDisk damaged = disk.copy(at);
            damaged.flip(JournalWorld.segment(1), at, 1 << (at % 8));
            String when = "flip at byte " + at;
            if (at < last.from()) {
                assertRefused(damaged, JournalWorld.segment(1), 0, at);
                refused++;
            } else if (at < last.to()) {
                LocalJournal journal = JournalWorld.open(damaged);
                assertHolds(journal, groups.subList(0, groups.size() - 1), when);
                assertThat(journal.recovery().bytesCut()).as(when).isPositive();
                assertThat(journal.recovery().savedTo()).as(when).isNotNull();
                cut++;
            } else {
                assertHolds(JournalWorld.open(damaged), groups, when);
            }
        }
        assertThat(refused).isPositive();
        assertThat(cut).isPositive();
    }

    /** The store of {@link #closedStore}, but the power went; the mark knows only where its last segment starts. */
    private SimulatedDisk crashedStore() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk, TINY, new SimulatedClock());
        long epoch = journal.claim();
        for (int i = 0; i < 25; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 500 - i), JournalWorld.body(-i, 9));
        }
        return disk.copy(1);
    }

    @Test
    void a_flipped_bit_in_any_segment_of_a_crashed_store_is_refused_or_costs_the_last_group_at_most()
            throws IOException {
        SimulatedDisk disk = crashedStore();
        List<Read> expected = JournalDriver.readAll(JournalWorld.open(disk.copy(1)));
        List<Read> withoutLast = expected.subList(0, expected.size() - 2);
        int cut = 0;
        int refused = 0;
        int active = (int) (expected.getLast().position() / TINY.segmentBytes()) + 1;
        for (int number = 1; number <= active; number++) {
            Path file = JournalWorld.segment(number);
            for (int at = 0; at < TINY.segmentBytes(); at++) {
                SimulatedDisk damaged = disk.copy(at);
                damaged.flip(file, at, 1 << (at % 8));
                try (LocalJournal journal = JournalWorld.open(damaged)) {
                    boolean lost = journal.recovery().bytesCut() > 0;
                    assertThat(same(JournalDriver.readAll(journal), lost ? withoutLast : expected))
                            .as("flip at byte %s of %s", at, file)
                            .isTrue();
                    cut += lost ? 1 : 0;
                } catch (CorruptJournalException e) {
                    assertThat(e.file()).isEqualTo(file.toString());
                    refused++;
                }
            }
        }
        long lastGroupBytes = expected.getLast().end() - withoutLast.getLast().end();
        assertThat(cut).isEqualTo((int) lastGroupBytes);
        assertThat(refused).isGreaterThan(10_000);
    }

    // ------------------------------------------------------------------ files

    private static void assertRefused(SimulatedDisk disk, Path file, long from, long to) {
        assertThatThrownBy(() -> JournalWorld.open(disk)).isInstanceOfSatisfying(CorruptJournalException.class, e -> {
            assertThat(e.file()).isEqualTo(file.toString());
            assertThat(e.offset()).isBetween(from, to);
        });
    }

    /** Damages a closed store; opening must refuse it in the given words and leave everything as it is. */
    private void assertRefusedInWords(Consumer<SimulatedDisk> damage, String words) throws IOException {
        SimulatedDisk disk = closedStore();
        damage.accept(disk);
        String before = disk.toString();
        assertThatThrownBy(() -> JournalWorld.open(disk))
                .isInstanceOfAny(CorruptJournalException.class, IncompatibleJournalException.class)
                .hasMessageContaining(words);
        assertThat(disk.toString()).isEqualTo(before);
    }

    /** The segments from the first one needed to the one being written; more may be prepared. */
    private int[] heldSegments() throws IOException {
        SimulatedDisk disk = closedStore();
        LocalJournal journal = JournalWorld.open(disk);
        int first = (int) (journal.start() / TINY.segmentBytes()) + 1;
        int last = (int) (journal.end() / TINY.segmentBytes()) + 1;
        assertThat(last - first).isGreaterThanOrEqualTo(2);
        return new int[] {first, last};
    }

    @Test
    void a_missing_segment_is_refused_by_name() throws IOException {
        int[] held = heldSegments();
        for (int number = held[0]; number <= held[1]; number++) {
            Path missing = JournalWorld.segment(number);
            assertRefusedInWords(disk -> disk.remove(missing), "is missing");
        }
        assertRefusedInWords(
                disk -> disk.files().keySet().stream()
                        .filter(path -> path.toString().endsWith(".segment"))
                        .forEach(disk::remove),
                "files are missing");
    }

    @Test
    void a_missing_mark_or_snapshot_is_refused() throws IOException {
        assertRefusedInWords(disk -> disk.remove(JournalWorld.MARK), "MARK");
        assertRefusedInWords(disk -> disk.remove(JournalWorld.DIRECTORY.resolve("SNAPSHOT")), "SNAPSHOT");
        assertRefusedInWords(
                disk -> {
                    disk.remove(JournalWorld.DIRECTORY.resolve("SNAPSHOT"));
                    disk.remove(JournalWorld.DIRECTORY.resolve("SNAPSHOT.previous"));
                },
                "frames are needed from position 0 on");
    }

    @Test
    void segments_under_the_wrong_name_are_refused() throws IOException {
        int[] held = heldSegments();
        Path first = JournalWorld.segment(held[0]);
        Path second = JournalWorld.segment(held[0] + 1);
        assertRefusedInWords(
                disk -> {
                    byte[] bytes = disk.contents(first);
                    disk.put(first, disk.contents(second));
                    disk.put(second, bytes);
                },
                "by its header at offset 0");
        assertRefusedInWords(disk -> disk.put(second, disk.contents(first)), "by its header at offset 0");
        assertRefusedInWords(
                disk -> disk.put(JournalWorld.segment(99), disk.contents(first)), "by its header at offset 0");
        assertRefusedInWords(
                disk -> disk.put(JournalWorld.DIRECTORY.resolve("7.segment"), disk.contents(first)), "no name of a");
        assertRefusedInWords(
                disk -> disk.put(JournalWorld.DIRECTORY.resolve(first.getFileName() + ".bak"), disk.contents(first)),
                "no name of a");
    }

    @Test
    void a_segment_of_another_size_is_refused() throws IOException {
        int[] held = heldSegments();
        for (int number = held[0]; number <= held[1]; number++) {
            Path segment = JournalWorld.segment(number);
            for (int bytes : new int[] {0, 1, 4_095, 4_096, 8_191, 8_193, 20_000}) {
                assertRefusedInWords(disk -> disk.put(segment, Arrays.copyOf(disk.contents(segment), bytes)), "file");
            }
        }
    }

    @Test
    void files_of_another_store_are_refused() throws IOException {
        int[] held = heldSegments();
        UUID other = new UUID(9, 9);
        for (Path path :
                List.of(JournalWorld.MARK, JournalWorld.DIRECTORY.resolve("SNAPSHOT"), JournalWorld.segment(held[1]))) {
            assertRefusedInWords(
                    disk -> disk.put(
                            path,
                            changed(
                                    disk.contents(path),
                                    block -> block.putLong(16, other.getMostSignificantBits())
                                            .putLong(24, other.getLeastSignificantBits()))),
                    "belongs to store");
        }
    }

    @Test
    void files_of_a_newer_format_are_refused() throws IOException {
        int[] held = heldSegments();
        for (Path path :
                List.of(JournalWorld.MARK, JournalWorld.DIRECTORY.resolve("SNAPSHOT"), JournalWorld.segment(held[0]))) {
            assertRefusedInWords(
                    disk -> disk.put(path, changed(disk.contents(path), block -> block.putShort(12, (short) 2))),
                    "Use a newer Varve");
        }
    }

    /** Changes every control block of a file and makes its checksum right again. */
    private static byte[] changed(byte[] file, Consumer<ByteBuffer> change) {
        byte[] bytes = file.clone();
        boolean mark = bytes.length == 2 * BLOCK_BYTES;
        for (int at = 0; at < (mark ? 2 : 1) * BLOCK_BYTES; at += BLOCK_BYTES) {
            ByteBuffer block = ByteBuffer.wrap(bytes, at, BLOCK_BYTES).slice();
            change.accept(block);
            CRC32C crc = new CRC32C();
            crc.update(bytes, at, BLOCK_BYTES - 4);
            block.putInt(BLOCK_BYTES - 4, (int) crc.getValue());
        }
        return bytes;
    }

    @Test
    void an_old_copy_of_the_mark_is_only_more_work() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 2, 3);
        byte[] old = disk.contents(JournalWorld.MARK);
        JournalWorld.open(disk).close();
        disk.put(JournalWorld.MARK, old);
        LocalJournal journal = JournalWorld.open(disk);
        assertHolds(journal, groups, "old mark");
        assertThat(journal.recovery().groupsPastMark()).isEqualTo(3);
    }

    @Test
    void an_old_copy_of_a_segment_is_found_out_when_it_is_read() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1, 2, 3);
        byte[] old = disk.contents(JournalWorld.segment(1));
        try (LocalJournal journal = JournalWorld.open(disk)) {
            JournalWorld.append(journal, journal.claim(), group, JournalWorld.body(7, 70));
        }
        disk.put(JournalWorld.segment(1), old);
        try (LocalJournal journal = JournalWorld.open(disk)) {
            assertThatThrownBy(() -> JournalDriver.readAll(journal)).isInstanceOf(CorruptJournalException.class);
        }
    }

    @Test
    void a_group_of_another_history_is_found_out_by_the_chain() throws IOException {
        List<Appended> groups = new ArrayList<>();
        SimulatedDisk disk = crashed(groups, 1);
        SimulatedDisk other = disk.copy(2);
        for (SimulatedDisk one : List.of(disk, other)) {
            try (LocalJournal journal = JournalWorld.open(one)) {
                long epoch = journal.claim();
                byte[] body = new byte[200];
                Arrays.fill(body, (byte) (one == disk ? 1 : 2));
                JournalWorld.append(journal, epoch, group, body);
                JournalWorld.append(journal, epoch, group, JournalWorld.body(3, 50));
            }
        }
        int from = groups.getFirst().to();
        byte[] mixed = disk.contents(JournalWorld.segment(1));
        System.arraycopy(other.contents(JournalWorld.segment(1)), from, mixed, from, 232);
        assertThat(mixed).isNotEqualTo(disk.contents(JournalWorld.segment(1)));
        disk.put(JournalWorld.segment(1), mixed);
        try (LocalJournal journal = JournalWorld.open(disk)) {
            assertThatThrownBy(() -> JournalDriver.readAll(journal))
                    .isInstanceOf(CorruptJournalException.class)
                    .hasMessageContaining("does not follow the one before")
                    .hasMessageContaining("at offset " + (from + 232));
        }
    }

    @Test
    void a_journal_does_not_end_where_a_later_segment_has_begun() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        byte[] oldMark = disk.contents(JournalWorld.MARK);
        long epoch = journal.claim();
        for (int i = 0; i < 12; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 2_000));
        }
        Read lastOfFirst = JournalDriver.readAll(journal).stream()
                .filter(frame -> frame.position() < JournalWorld.SMALL.segmentBytes())
                .reduce((a, b) -> b)
                .orElseThrow();
        SimulatedDisk damaged = disk.copy(1);
        damaged.put(JournalWorld.MARK, oldMark);
        byte[] first = damaged.contents(JournalWorld.segment(1));
        Arrays.fill(first, (int) lastOfFirst.position(), first.length, (byte) 0);
        damaged.put(JournalWorld.segment(1), first);
        assertRefused(damaged, JournalWorld.segment(1), lastOfFirst.position(), lastOfFirst.position());
    }

    @Test
    void a_directory_without_a_journal_is_refused_unless_one_may_be_created() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.createDirectories(JournalWorld.DIRECTORY);
        assertThatThrownBy(() -> LocalJournal.open(
                        disk,
                        JournalWorld.DIRECTORY,
                        JournalWorld.STORE,
                        JournalWorld.SMALL,
                        new SimulatedClock(),
                        new Random(1),
                        null))
                .hasMessageContaining("no journal");
        assertThat(disk.files()).isEmpty();
    }

    // ------------------------------------------------------------------ recycling

    @Test
    void old_frames_in_a_recycled_segment_are_not_frames() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        for (int i = 0; i < 400; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 200), JournalWorld.body(i, 200));
            if (i % 30 == 29) {
                journal.snapshot(new Snapshot(journal.end(), "state " + i));
                journal.truncate(journal.end());
            }
        }
        long end = journal.end();
        SimulatedDisk found = disk.copy(1);
        Path active = JournalWorld.segment((int) (end / JournalWorld.SMALL.segmentBytes()) + 1);
        int offset = (int) (end % JournalWorld.SMALL.segmentBytes());
        byte[] beyond = found.contents(active);
        int stale = 0;
        for (int at = offset; at + 8 < beyond.length; at += 8) {
            stale += beyond[at] == 'V' && beyond[at + 1] == 'F' ? 1 : 0;
        }
        assertThat(stale).as("headers of an earlier life behind the end").isGreaterThan(3);
        LocalJournal again = JournalWorld.open(found);
        assertThat(again.end()).isEqualTo(end);
        assertThat(again.recovery().bytesCut()).isZero();
        assertThat(JournalDriver.readAll(again))
                .last()
                .extracting(Read::sequence)
                .isEqualTo(799L);
    }

    @Test
    void a_segment_with_a_second_name_is_not_recycled() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        Path backup = Path.of("/data/backup");
        disk.link(backup, JournalWorld.segment(1));
        byte[] before = {};
        for (int i = 0; i < 300; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 300));
            if (i == 100) {
                before = disk.contents(backup);
                journal.snapshot(new Snapshot(journal.end(), "s"));
                journal.truncate(journal.end());
            }
        }
        assertThat(disk.exists(JournalWorld.segment(1))).isFalse();
        assertThat(disk.contents(backup)).isEqualTo(before);
    }
}
