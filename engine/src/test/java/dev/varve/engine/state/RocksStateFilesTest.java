package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.state.StateStore.Checkpoint;
import dev.varve.engine.state.StateStore.Cursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on disk at each moment, and what an opening makes of it, damaged or not. */
final class RocksStateFilesTest {

    private static final UUID STORE = new UUID(7, 7);
    private static final StateOptions OPTIONS = StateOptions.of(STORE)
            .withBlockCacheBytes(8 << 20)
            .withMemtableBytes(4 << 20)
            .withBatchBytes(64 << 10)
            .withValueFileBytes(1 << 20);

    @TempDir
    Path root;

    private Path state() {
        return root.resolve("state");
    }

    // ---- crashes

    /** A copy of the directory at each step is what a kill at that step leaves. */
    @Test
    void a_kill_at_any_step_of_a_commit_leaves_the_old_checkpoint_or_the_new_one() throws IOException {
        List<String> steps = new ArrayList<>();
        boolean[] recording = {false};
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS, step -> {
            if (recording[0]) {
                copyState(state(), root.resolve("copy" + steps.size()));
                steps.add(step);
            }
        })) {
            for (int round = 1; round <= 3; round++) {
                write(store, round);
            }
            recording[0] = true;
            write(store, 4);
        }
        assertThat(steps)
                .containsExactly(
                        "batches written",
                        "values synced",
                        "tables flushed",
                        "files linked",
                        "files described",
                        "files synced",
                        "manifest written",
                        "checkpoint synced",
                        "checkpoint renamed",
                        "checkpoint counts",
                        "new identity synced",
                        "identity written",
                        "older checkpoint renamed",
                        "older checkpoints deleted");
        for (int i = 0; i < steps.size(); i++) {
            int expected = i < steps.indexOf("checkpoint renamed") ? 3 : 4;
            Path copy = root.resolve("copy" + i);
            assertThat(StateInspector.verify(copy).problems()).as(steps.get(i)).isEmpty();
            try (RocksStateStore store = RocksStateStore.open(copy, OPTIONS)) {
                assertHolds(store, expected, steps.get(i));
                assertThat(store.checkpointName()).as(steps.get(i)).isEqualTo("" + expected);
                assertThat(names(copy.resolve("checkpoints")))
                        .as("what a kill at '%s' leaves goes with the next opening", steps.get(i))
                        .containsExactly("" + (expected - 1), "" + expected);
                write(store, expected + 1);
                assertHolds(store, expected + 1, steps.get(i));
            }
            try (RocksStateStore store = RocksStateStore.open(copy, OPTIONS)) {
                assertHolds(store, expected + 1, steps.get(i));
            }
            assertThat(names(copy.resolve("checkpoints"))).hasSize(2);
        }
    }

    @Test
    void a_kill_at_any_step_of_an_opening_does_no_harm() throws IOException {
        List<String> steps = new ArrayList<>();
        StateDirectory.Steps record = step -> {
            copyState(state(), root.resolve("copy" + steps.size()));
            steps.add(step);
        };
        RocksStateStore.open(state(), OPTIONS, record).close();
        int creating = steps.size();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            write(store, 1);
        }
        RocksStateStore.open(state(), OPTIONS, record).close();
        assertThat(steps)
                .containsExactly(
                        "new identity synced",
                        "live directory deleted",
                        "live directory made",
                        "live directory deleted",
                        "live directory made");
        for (int i = 0; i < steps.size(); i++) {
            try (RocksStateStore store = RocksStateStore.open(root.resolve("copy" + i), OPTIONS)) {
                assertHolds(store, i < creating ? 0 : 1, steps.get(i));
            }
        }
    }

    @Test
    void an_error_before_the_rename_leaves_the_store_usable_and_the_commit_may_be_tried_again() throws IOException {
        for (String failing : List.of(
                "batches written",
                "values synced",
                "tables flushed",
                "files linked",
                "files described",
                "files synced",
                "manifest written",
                "checkpoint synced")) {
            Path directory = root.resolve(failing.replace(' ', '-'));
            String[] fail = {""};
            try (RocksStateStore store = RocksStateStore.open(directory, OPTIONS, failAt(fail))) {
                write(store, 1);
                fail[0] = failing;
                assertThatThrownBy(() -> write(store, 2))
                        .isInstanceOf(IOException.class)
                        .hasMessage(failing);
                assertThat(store.checkpointName()).isEqualTo("1");
                assertThat(store.replayFrom()).isEqualTo(1);
                assertThat(names(directory.resolve("checkpoints"))).containsExactly("1");
                fail[0] = "";
                write(store, 2);
                assertThat(store.checkpointName()).isIn("2", "3"); // the number 2 may be spent
                assertHolds(store, 2, failing);
            }
            try (RocksStateStore store = RocksStateStore.open(directory, OPTIONS)) {
                assertHolds(store, 2, failing);
                assertThat(store.replayFrom()).isEqualTo(2);
            }
        }
    }

    @Test
    void an_error_from_the_rename_on_ends_all_writing_and_opening_again_tells_what_counts() throws IOException {
        for (String failing :
                List.of("checkpoint renamed", "checkpoint counts", "new identity synced", "identity written")) {
            Path directory = root.resolve(failing.replace(' ', '-'));
            String[] fail = {""};
            try (RocksStateStore store = RocksStateStore.open(directory, OPTIONS, failAt(fail))) {
                write(store, 1);
                fail[0] = failing;
                assertThatThrownBy(() -> write(store, 2))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("unknown until the state is opened again");
                fail[0] = "";
                assertThatThrownBy(() -> write(store, 3))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no more changes");
                assertThat(store.get(Table.META, key("round")))
                        .as("reads go on")
                        .isNotNull();
            }
            try (RocksStateStore store = RocksStateStore.open(directory, OPTIONS)) {
                assertHolds(store, 2, failing);
                assertThat(store.checkpointName()).isEqualTo("2");
                write(store, 3);
                assertThat(store.checkpointName()).isEqualTo("3");
            }
        }
    }

    @Test
    void an_error_while_older_checkpoints_are_deleted_does_not_fail_the_commit() throws IOException {
        String[] fail = {""};
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS, failAt(fail))) {
            write(store, 1);
            write(store, 2);
            fail[0] = "older checkpoint renamed";
            write(store, 3);
            assertThat(store.checkpointName()).isEqualTo("3");
            assertThat(names(checkpoints())).containsExactly("1.tmp", "2", "3");
            fail[0] = "";
            write(store, 4);
            assertThat(names(checkpoints())).as("the next commit tries again").containsExactly("3", "4");
        }
    }

    @Test
    void a_process_that_is_killed_loses_nothing_it_committed() throws Exception {
        int committed = 0;
        for (int life = 0; life < 5; life++) {
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Committer.class.getName(),
                            state().toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (var output = child.inputReader()) {
                int until = committed + 2 + life;
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    committed = Integer.parseInt(line);
                    if (committed >= until) {
                        child.toHandle().destroyForcibly(); // the process itself would close its output, too
                    }
                }
            }
            assertThat(child.waitFor()).isEqualTo(137);
            assertThat(StateInspector.verify(state()).problems()).isEmpty();
            try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
                int found = (int) store.replayFrom();
                assertThat(found).isBetween(committed, committed + 1);
                assertHolds(store, found, "life " + life);
                committed = found;
            }
        }
    }

    /** Commits round after round and says so, until it is killed. */
    static final class Committer {

        private Committer() {}

        public static void main(String[] args) throws IOException {
            try (RocksStateStore store = RocksStateStore.open(Path.of(args[0]), OPTIONS)) {
                for (int round = (int) store.replayFrom() + 1; ; round++) {
                    write(store, round);
                    System.out.println(round);
                }
            }
        }
    }

    // ---- leftovers

    @Test
    void what_lies_in_the_live_directory_does_not_matter() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            write(store, 1);
        }
        for (String name : names(state().resolve("live"))) {
            Files.delete(state().resolve("live").resolve(name)); // links: the checkpoint's files stay
        }
        Files.writeString(state().resolve("live/CURRENT"), "MANIFEST-999999\n");
        Files.createDirectories(state().resolve("live/sub/sub"));
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertHolds(store, 1, "");
        }
    }

    @Test
    void unfinished_checkpoints_are_deleted_and_their_numbers_are_not_used_again() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            write(store, 1);
        }
        copy(checkpoints().resolve("1"), checkpoints().resolve("2.tmp"));
        copy(checkpoints().resolve("1"), checkpoints().resolve("7.tmp.tmp"));
        assertThat(StateInspector.verify(state()).unfinished())
                .containsExactly(checkpoints().resolve("2.tmp"), checkpoints().resolve("7.tmp.tmp"));
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertThat(names(checkpoints())).containsExactly("1");
            assertHolds(store, 1, "");
            write(store, 2);
            assertThat(store.checkpointName()).isEqualTo("8");
        }
    }

    @Test
    void the_newest_two_checkpoints_are_kept() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (int round = 1; round <= 5; round++) {
                write(store, round);
                assertThat(names(checkpoints()))
                        .isEqualTo(round == 1 ? List.of("1") : List.of("" + (round - 1), "" + round));
            }
        }
    }

    // ---- damage

    @Test
    void a_file_of_the_newest_checkpoint_that_is_missing_or_cut_short_is_refused_by_name() throws IOException {
        writeThree();
        for (String name : names(checkpoints().resolve("3"))) {
            refused(copy -> Files.delete(newest(copy, name)), name, "is missing");
            if (Files.size(checkpoints().resolve("3").resolve(name)) > 0) {
                refused(copy -> Files.write(newest(copy, name), cut(Files.readAllBytes(newest(copy, name)))), name, "");
            }
            refused(copy -> Files.write(newest(copy, name), more(Files.readAllBytes(newest(copy, name)))), name, "");
        }
    }

    @Test
    void any_changed_byte_in_a_small_file_is_refused_by_name() throws IOException {
        writeThree();
        for (String name : names(checkpoints().resolve("3"))) {
            if (!CheckpointManifest.isData(name)) {
                byte[] bytes = Files.readAllBytes(checkpoints().resolve("3").resolve(name));
                for (int at = 0; at < bytes.length; at += 1 + bytes.length / 16) {
                    byte[] changed = changed(bytes, at);
                    refused(copy -> Files.write(newest(copy, name), changed), name, "");
                }
            }
        }
        byte[] identity = Files.readAllBytes(state().resolve("VARVE-STATE"));
        for (int at = 0; at < identity.length; at += 3) {
            byte[] changed = changed(identity, at);
            refused(copy -> Files.write(copy.resolve("VARVE-STATE"), changed), "VARVE-STATE", "is damaged");
        }
    }

    @Test
    void a_table_that_cannot_be_opened_is_named_though_rocksdb_blames_its_list_of_files() throws IOException {
        writeThree();
        int blamed = 0;
        for (String name : names(checkpoints().resolve("3"))) {
            if (name.endsWith(".sst")) {
                Path copy = root.resolve("damaged-table");
                delete(copy);
                copyState(state(), copy);
                byte[] bytes = Files.readAllBytes(newest(copy, name));
                // The footer is at the end, and the properties lie before it.
                Arrays.fill(bytes, bytes.length - 600, bytes.length, (byte) 0);
                Files.write(newest(copy, name), bytes);
                try (RocksStateStore store = RocksStateStore.open(copy, OPTIONS)) {
                    assertHolds(store, 3, name);
                } catch (CorruptStateException e) {
                    assertThat(e.getMessage()).as(name).containsAnyOf(name, "`varve state verify` names it");
                    blamed += e.file().endsWith(name) ? 1 : 0;
                }
            }
        }
        assertThat(blamed).isPositive();
    }

    /** What is found is what was written, or an error; and a full check names the file. */
    @Test
    void a_changed_byte_in_a_data_file_is_found_when_it_is_read() throws IOException {
        writeThree();
        Random random = new Random(5);
        int refused = 0;
        int harmless = 0;
        for (String name : names(checkpoints().resolve("3"))) {
            if (!CheckpointManifest.isData(name)) {
                continue;
            }
            byte[] bytes = Files.readAllBytes(checkpoints().resolve("3").resolve(name));
            for (int i = 0; i < 4; i++) {
                int at = random.nextInt(bytes.length);
                Path copy = root.resolve("damaged-data");
                delete(copy);
                copyState(state(), copy);
                Files.write(newest(copy, name), changed(bytes, at));
                assertThat(StateInspector.list(copy).sound()).isTrue();
                assertThat(StateInspector.verify(copy).problems())
                        .as("%s at %s", name, at)
                        .singleElement()
                        .satisfies(problem -> {
                            assertThat(problem.file()).isEqualTo(newest(copy, name));
                            assertThat(problem.what()).contains("is damaged: its CRC32C is");
                        });
                try (RocksStateStore store = RocksStateStore.open(copy, OPTIONS)) {
                    assertHolds(store, 3, name + " at " + at);
                    harmless++; // a byte that nobody reads
                } catch (IOException e) {
                    refused++;
                    if (!String.valueOf(e.getMessage()).contains("`varve state verify` names it")) {
                        assertThat(e).as("%s at %s", name, at).hasMessageContaining(name);
                    }
                }
            }
        }
        assertThat(refused).isGreaterThan(harmless);
    }

    @Test
    void a_newest_checkpoint_that_is_gone_is_missed() throws IOException {
        writeThree();
        refused(copy -> delete(copy.resolve("checkpoints/3")), "3", "is missing, though it is the newest checkpoint");
        refused(copy -> delete(copy.resolve("checkpoints")), "3", "is missing, though it is the newest checkpoint");
        refused(
                copy -> Files.move(copy.resolve("checkpoints/3"), copy.resolve("checkpoints/3.tmp")),
                "3",
                "is missing, though it is the newest checkpoint");
    }

    @Test
    void a_directory_without_its_identity_is_not_taken_for_an_empty_one() throws IOException {
        writeThree();
        refused(copy -> Files.delete(copy.resolve("VARVE-STATE")), "VARVE-STATE", "is missing, though");
        Path foreign = Files.createDirectories(root.resolve("foreign"));
        Files.writeString(foreign.resolve("letter.txt"), "Dear Sir");
        assertThatThrownBy(() -> RocksStateStore.open(foreign, OPTIONS))
                .isInstanceOf(CorruptStateException.class)
                .hasMessageContaining("letter.txt");
        assertThat(foreign.resolve("letter.txt")).exists();
    }

    @Test
    void the_state_of_another_store_is_refused() throws IOException {
        writeThree();
        UUID other = new UUID(8, 8);
        assertThatThrownBy(() -> RocksStateStore.open(state(), StateOptions.of(other)))
                .isInstanceOf(CorruptStateException.class)
                .hasMessageContaining("VARVE-STATE")
                .hasMessageContaining(STORE.toString())
                .hasMessageContaining(other.toString());
        try (RocksStateStore store = RocksStateStore.open(root.resolve("other"), StateOptions.of(other))) {
            write(store, 1);
            write(store, 2);
            write(store, 3);
        }
        refused(
                copy -> {
                    delete(copy.resolve("checkpoints/3"));
                    copy(root.resolve("other/checkpoints/3"), copy.resolve("checkpoints/3"));
                },
                "VARVE-CHECKPOINT",
                "of store " + other);
    }

    @Test
    void a_checkpoint_under_another_number_is_refused() throws IOException {
        writeThree();
        refused(
                copy -> Files.move(copy.resolve("checkpoints/3"), copy.resolve("checkpoints/4")),
                "VARVE-CHECKPOINT",
                "is of checkpoint 3");
    }

    @Test
    void files_of_a_newer_format_are_refused_in_words() throws IOException {
        writeThree();
        refused(
                copy -> reseal(
                        copy.resolve("checkpoints/3/VARVE-CHECKPOINT"), "varve-checkpoint 1", "varve-checkpoint 2"),
                "VARVE-CHECKPOINT",
                "has format 2 of a newer version of Varve; this one reads formats up to 1");
        refused(
                copy -> reseal(copy.resolve("VARVE-STATE"), "varve-state 1", "varve-state 2"),
                "VARVE-STATE",
                "has format 2 of a newer version");
    }

    @Test
    void a_manifest_that_disagrees_with_the_tables_is_refused() throws IOException {
        writeThree();
        refused(
                copy -> reseal(copy.resolve("checkpoints/3/VARVE-CHECKPOINT"), "replay-from 3", "replay-from 4"),
                "live",
                "checkpoint 3 at position 3, the manifest is of checkpoint 3 at position 4");
    }

    @Test
    void a_damaged_older_checkpoint_does_not_matter_but_is_reported() throws IOException {
        writeThree();
        Path file = checkpoints().resolve("2/CURRENT");
        Files.delete(file);
        StateInspector.Report report = StateInspector.list(state());
        assertThat(report.problems()).extracting(StateInspector.Problem::file).containsExactly(file);
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertHolds(store, 3, "");
        }
    }

    // ---- the inspector

    @Test
    void the_inspector_lists_what_is_there() throws IOException {
        writeThree();
        StateInspector.Report report = StateInspector.verify(state());
        assertThat(report.sound()).isTrue();
        assertThat(report.store()).isEqualTo(STORE);
        assertThat(report.newest()).isEqualTo(3);
        assertThat(report.unfinished()).isEmpty();
        assertThat(report.checkpoints())
                .extracting(StateInspector.CheckpointReport::number)
                .containsExactly(2L, 3L);
        assertThat(report.checkpoints())
                .extracting(StateInspector.CheckpointReport::replayFrom)
                .containsExactly(2L, 3L);
        assertThat(report.checkpoints().getLast().files())
                .isEqualTo(names(checkpoints().resolve("3")).size() - 1);
        assertThat(report.checkpoints().getLast().bytes()).isGreaterThan(3 * 80_000);
    }

    @Test
    void the_inspector_reports_all_that_is_wrong_and_changes_nothing() throws IOException {
        writeThree();
        Files.delete(checkpoints().resolve("3/CURRENT"));
        Files.write(checkpoints().resolve("2/VARVE-CHECKPOINT"), new byte[0]);
        List<String> before = tree(state());
        StateInspector.Report report = StateInspector.verify(state());
        assertThat(report.problems())
                .extracting(StateInspector.Problem::file)
                .containsExactly(
                        checkpoints().resolve("2/VARVE-CHECKPOINT"),
                        checkpoints().resolve("3/CURRENT"));
        assertThat(tree(state())).isEqualTo(before);
    }

    // ---- opening and memory

    @Test
    void a_directory_has_one_opener() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            write(store, 1);
            assertThatThrownBy(() -> RocksStateStore.open(state(), OPTIONS))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is open in this process already");
            assertHolds(store, 1, "");
        }
        RocksStateStore.open(state(), OPTIONS).close();
    }

    /** Of merged tables the cache may have let go of the index, too, which RocksDB then does not tell from an empty value. */
    @Test
    void what_is_told_without_the_disk_is_the_value_or_nothing_however_little_is_cached() throws IOException {
        byte[] filler = new byte[900];
        int keys = 3_000;
        int told = 0;
        for (int round = 0; round < 4; round++) {
            try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS.withBlockCacheBytes(1 << 20))) {
                for (int part = 0; part < 6; part++) {
                    try (Checkpoint checkpoint = store.beginCheckpoint()) {
                        for (int i = part; i < keys; i += 6) {
                            checkpoint.put(Table.EVENT_INDEX, key("term" + i), key("last" + i));
                            checkpoint.put(Table.EVENT_INDEX, key("term" + i + "/" + round), filler);
                        }
                        checkpoint.commit(10L * round + part + 1);
                    }
                    for (int i = 0; i < (round == 0 ? 0 : keys); i++) {
                        assertThat(store.surelyAbsent(Table.EVENT_INDEX, key("term" + i)))
                                .isFalse();
                        byte[] value = store.getIfInMemory(Table.EVENT_INDEX, key("term" + i));
                        if (value != null) {
                            assertThat(value).isEqualTo(key("last" + i));
                            told++;
                        }
                        if (i % 50 == 0) {
                            store.get(Table.EVENT_INDEX, key("term" + (i * 7919) % keys));
                        }
                    }
                }
            }
        }
        assertThat(told).isPositive();
    }

    /** The filters of 100,000 keys are larger than all that a thousand questions may read. */
    @Test
    void whether_a_key_is_surely_absent_is_told_without_reading_the_disk() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            try (Checkpoint checkpoint = store.beginCheckpoint()) {
                for (int i = 0; i < 100_000; i++) {
                    checkpoint.put(Table.STREAM_PATHS, key("path" + i), key("" + i));
                }
                checkpoint.commit(1);
            }
        }
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (boolean warm : new boolean[] {false, true}) {
                long before = bytesRead();
                int absent = 0;
                for (int i = 0; i < 1_000; i++) {
                    assertThat(store.surelyAbsent(Table.STREAM_PATHS, key("path" + i * 97)))
                            .isFalse();
                    absent += store.surelyAbsent(Table.STREAM_PATHS, key("other" + i)) ? 1 : 0;
                }
                assertThat(bytesRead() - before).isLessThan(64 << 10);
                if (warm) {
                    assertThat(absent).isGreaterThan(900);
                }
                assertThat(store.get(Table.STREAM_PATHS, key("other"))).isNull();
            }
        }
    }

    /** What this process has read from files, through the page cache or not. */
    private static long bytesRead() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/io"))) {
            if (line.startsWith("rchar: ")) {
                return Long.parseLong(line.substring("rchar: ".length()));
            }
        }
        throw new IOException("/proc/self/io does not tell");
    }

    @Test
    void the_space_of_removed_chunks_is_given_back_over_some_checkpoints() throws IOException {
        StateOptions small = OPTIONS.withMemtableBytes(1 << 20);
        int streams = 100;
        try (RocksStateStore store = RocksStateStore.open(state(), small)) {
            int position = 0;
            for (int round = 0; round < 10; round++) {
                try (Checkpoint checkpoint = store.beginCheckpoint()) {
                    for (int stream = 0; stream < streams; stream++) {
                        checkpoint.put(
                                Table.STREAM_CHUNKS, key("%04d-%04d".formatted(stream, round)), chunk(stream + round));
                    }
                    checkpoint.commit(++position);
                }
            }
            long full = store.sizeBytes();
            assertThat(full).isGreaterThan(streams * 10L * 80_000);
            try (Checkpoint checkpoint = store.beginCheckpoint()) {
                for (int stream = 0; stream < streams; stream++) {
                    if (stream % 10 != 0) {
                        checkpoint.deleteRange(
                                Table.STREAM_CHUNKS, key("%04d".formatted(stream)), key("%04d".formatted(stream + 1)));
                    }
                }
                checkpoint.commit(++position);
            }
            int checkpoints = 0;
            while (store.sizeBytes() > full / 2) {
                assertThat(++checkpoints)
                        .as("checkpoints until half of it was given back")
                        .isLessThan(60);
                try (Checkpoint checkpoint = store.beginCheckpoint()) {
                    checkpoint.put(Table.STREAM_CHUNKS, key("new%04d".formatted(position)), chunk(position));
                    checkpoint.commit(++position);
                }
                store.settle();
            }
            for (int stream = 0; stream < streams; stream += 10) {
                for (int round = 0; round < 10; round++) {
                    assertThat(store.get(Table.STREAM_CHUNKS, key("%04d-%04d".formatted(stream, round))))
                            .isEqualTo(chunk(stream + round));
                }
            }
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
    }

    @Test
    void memory_stays_within_what_was_given() throws IOException {
        StateOptions small = OPTIONS.withBlockCacheBytes(2 << 20).withMemtableBytes(1 << 20);
        byte[] value = new byte[400];
        Random random = new Random(1);
        try (RocksStateStore store = RocksStateStore.open(state(), small)) {
            assertThat(store.property("block-cache-capacity")).isEqualTo(2 << 20);
            for (int round = 0; round < 4; round++) {
                try (Checkpoint checkpoint = store.beginCheckpoint()) {
                    for (int i = 0; i < 20_000; i++) {
                        random.nextBytes(value);
                        checkpoint.put(Table.STREAM_HEADS, key("%05d".formatted(i)), value);
                    }
                    assertThat(store.property("cur-size-all-mem-tables")).isLessThan(3 << 20);
                    checkpoint.commit(round);
                }
            }
            int found = 0;
            try (Cursor cursor = store.scan(Table.STREAM_HEADS, new byte[0], null)) {
                while (cursor.next()) {
                    found++;
                }
            }
            assertThat(found).isEqualTo(20_000);
            assertThat(store.property("block-cache-usage")).isLessThanOrEqualTo((2 << 20) + (256 << 10));
            assertThat(store.memoryBytes()).isLessThan(6 << 20);
        }
    }

    // ---- means

    private interface Damage {
        void to(Path copy) throws IOException;
    }

    /** Damages a copy of the state and expects the opening to refuse it, saying which file and what; and to change nothing. */
    private void refused(Damage damage, String file, String what) throws IOException {
        Path copy = root.resolve("damaged");
        delete(copy);
        copyState(state(), copy);
        damage.to(copy);
        assertThatThrownBy(() -> RocksStateStore.open(copy, OPTIONS))
                .as("%s %s", file, what)
                .isInstanceOfSatisfying(CorruptStateException.class, e -> {
                    assertThat(Path.of(e.file()).getFileName()).hasToString(file);
                    assertThat(e.getMessage()).contains(file + ": ").contains(what);
                });
    }

    private Path checkpoints() {
        return state().resolve("checkpoints");
    }

    private static Path newest(Path state, String name) {
        return state.resolve("checkpoints/3").resolve(name);
    }

    private void writeThree() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (int round = 1; round <= 3; round++) {
                write(store, round);
            }
        }
    }

    private static StateDirectory.Steps failAt(String[] failing) {
        return step -> {
            if (step.equals(failing[0])) {
                throw new IOException(step);
            }
        };
    }

    /** One commit: overwrites, adds small and large values, removes a range. */
    private static void write(RocksStateStore store, int round) throws IOException {
        try (Checkpoint checkpoint = store.beginCheckpoint()) {
            checkpoint.put(Table.META, key("round"), key("" + round));
            for (int i = 0; i < 50; i++) {
                checkpoint.put(Table.STREAM_HEADS, key("head" + i), key("head" + i + " in round " + round));
            }
            checkpoint.put(Table.STREAM_CHUNKS, key("chunk%04d".formatted(round)), chunk(round));
            checkpoint.deleteRange(Table.STREAM_PATHS, key("a"), key("z"));
            checkpoint.put(Table.STREAM_PATHS, key("path" + round), key("" + round));
            checkpoint.commit(round);
        }
    }

    private static byte[] chunk(int round) {
        byte[] bytes = new byte[80_000];
        new Random(round).nextBytes(bytes);
        return bytes;
    }

    /** Everything is as the given round left it. */
    private static void assertHolds(RocksStateStore store, int round, String when) throws IOException {
        assertThat(text(store.get(Table.META, key("round")))).as(when).isEqualTo(round == 0 ? null : "" + round);
        for (int i = 0; i < 50; i++) {
            assertThat(text(store.get(Table.STREAM_HEADS, key("head" + i))))
                    .as(when)
                    .isEqualTo(round == 0 ? null : "head" + i + " in round " + round);
        }
        int chunk = 0;
        try (Cursor cursor = store.scan(Table.STREAM_CHUNKS, new byte[0], null)) {
            while (cursor.next()) {
                chunk++;
                assertThat(text(cursor.key())).as(when).isEqualTo("chunk%04d".formatted(chunk));
                assertThat(cursor.value()).as(when).isEqualTo(chunk(chunk));
            }
        }
        assertThat(chunk).as(when).isEqualTo(round);
        List<String> paths = new ArrayList<>();
        try (Cursor cursor = store.scan(Table.STREAM_PATHS, new byte[0], null)) {
            while (cursor.next()) {
                paths.add(text(cursor.key()));
            }
        }
        assertThat(paths).as(when).isEqualTo(round == 0 ? List.of() : List.of("path" + round));
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, UTF_8);
    }

    private static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] cut(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    private static byte[] more(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    private static byte[] changed(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        changed[at] ^= 0x10;
        return changed;
    }

    /** Changes a line and mends the checksum. */
    private static void reseal(Path file, String line, String by) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.removeLast();
        assertThat(lines).contains(line);
        lines.replaceAll(each -> each.equals(line) ? by : each);
        Files.write(file, SealedText.seal(lines));
    }

    private static List<String> names(Path directory) throws IOException {
        return StateDirectory.names(directory);
    }

    private static List<String> tree(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted()::iterator) {
                found.add(
                        file + " " + (Files.isDirectory(file) ? "" : Files.size(file) + " " + Checksums.ofFile(file)));
            }
        }
        return found;
    }

    /** Copies all but the live directory, in which files come and go while a store is open, and which does not count. */
    private static void copyState(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        for (String name : names(from)) {
            if (!name.equals("live")) {
                copy(from.resolve(name), to.resolve(name));
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }
}
