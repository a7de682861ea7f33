package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.state.StateStore.Checkpoint;
import dev.varve.engine.state.StateStore.Cursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large values: where they lie, how they move, and what is noticed when they are damaged. */
final class ValueFilesTest {

    private static final StateOptions OPTIONS = StateOptions.of(new UUID(3, 3))
            .withBlockCacheBytes(4 << 20)
            .withMemtableBytes(2 << 20)
            .withBatchBytes(64 << 10)
            .withValueFileBytes(256 << 10);

    private static final Table CHUNKS = Table.STREAM_CHUNKS;

    @TempDir
    Path root;

    private int position;

    private Path state() {
        return root.resolve("state");
    }

    // ---- where they lie

    @Test
    void values_up_to_the_bound_lie_in_the_table_and_longer_ones_in_files() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            commit(store, checkpoint -> checkpoint.put(CHUNKS, key(1), value(1, OPTIONS.inlineBytes())));
            assertThat(valueFiles()).isEmpty();
            commit(store, checkpoint -> checkpoint.put(CHUNKS, key(2), value(2, OPTIONS.inlineBytes() + 1)));
            assertThat(valueFiles()).containsExactly("stream_chunks-0000000001.values");
            commit(store, checkpoint -> checkpoint.put(Table.STREAM_HEADS, key(3), value(3, 50_000)));
            assertThat(valueFiles()).hasSize(1);
            assertThat(store.get(CHUNKS, key(1))).isEqualTo(value(1, OPTIONS.inlineBytes()));
            assertThat(store.get(CHUNKS, key(2))).isEqualTo(value(2, OPTIONS.inlineBytes() + 1));
            assertThat(store.get(Table.STREAM_HEADS, key(3))).isEqualTo(value(3, 50_000));
        }
    }

    @Test
    void a_file_that_is_full_is_followed_by_another() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            commit(store, checkpoint -> {
                for (int i = 0; i < 20; i++) {
                    checkpoint.put(CHUNKS, key(i), value(i, 100_000));
                }
            });
            assertThat(valueFiles()).hasSize(7); // three values are more than 256 KiB
            for (int i = 0; i < 20; i++) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(i, 100_000));
            }
        }
    }

    @Test
    void numbers_of_files_are_not_used_twice() throws IOException {
        Set<String> before = new HashSet<>();
        for (int life = 0; life < 3; life++) {
            try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
                commit(store, checkpoint -> checkpoint.put(CHUNKS, key(1), value(1, 10_000)));
                List<String> files = valueFiles();
                assertThat(before).doesNotContainAnyElementsOf(files);
                before.addAll(files);
                commit(store, checkpoint -> checkpoint.delete(CHUNKS, key(1)));
                commit(store, checkpoint -> {});
                assertThat(valueFiles()).isEmpty();
            }
        }
    }

    @Test
    void a_value_written_in_an_abandoned_checkpoint_does_not_get_in_the_way() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            try (Checkpoint checkpoint = store.beginCheckpoint()) {
                for (int i = 0; i < 5; i++) {
                    checkpoint.put(CHUNKS, key(i), value(i, 50_000));
                }
            }
            commit(store, checkpoint -> {
                for (int i = 3; i < 8; i++) {
                    checkpoint.put(CHUNKS, key(i), value(10 + i, 50_000));
                }
            });
            for (int i = 3; i < 8; i++) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(10 + i, 50_000));
            }
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (int i = 3; i < 8; i++) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(10 + i, 50_000));
            }
        }
    }

    @Test
    void values_that_an_abandoned_checkpoint_wrote_are_garbage_once_they_are_set_again_as_new() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            try (Checkpoint checkpoint = store.beginCheckpoint()) {
                for (int i = 0; i < 10; i++) {
                    checkpoint.putNew(CHUNKS, key(i), value(i, 50_000));
                }
                checkpoint.show();
            }
            commit(store, checkpoint -> {
                for (int i = 0; i < 10; i++) {
                    checkpoint.putNew(CHUNKS, key(i), value(i, 100));
                }
            });
            commit(store, checkpoint -> {}); // the file that was being written is complete only now
            assertThat(valueFiles()).isEmpty();
            for (int i = 0; i < 10; i++) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(i, 100));
            }
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
    }

    // ---- clearing

    @Test
    void files_that_nothing_refers_to_any_more_are_deleted() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 40);
            assertThat(valueFiles()).hasSizeGreaterThan(5);
            commit(store, checkpoint -> checkpoint.deleteRange(CHUNKS, key(0), key(40)));
            assertThat(valueFiles()).isEmpty();
            commit(store, checkpoint -> {});
            assertThat(store.sizeBytes()).isLessThan(300_000);
            assertThat(names(state().resolve("live"))).noneMatch(name -> name.endsWith(".values"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"one by one", "by range", "by overwriting", "by small values"})
    void files_of_which_less_than_half_is_left_are_cleared(String how) throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 60);
            int files = valueFiles().size();
            commit(store, checkpoint -> {
                for (int i = 0; i < 60; i++) {
                    if (i % 3 != 0) {
                        switch (how) {
                            case "one by one" -> checkpoint.delete(CHUNKS, key(i));
                            case "by range" -> checkpoint.deleteRange(CHUNKS, key(i), key(i + 1));
                            case "by overwriting" -> checkpoint.put(CHUNKS, key(i), value(i, 5_000));
                            default -> checkpoint.put(CHUNKS, key(i), value(i, 5));
                        }
                    }
                }
            });
            commit(store, checkpoint -> {});
            commit(store, checkpoint -> {});
            assertThat(valueFiles()).hasSizeLessThan(files / 2 + 3);
            for (int i = 0; i < 60; i++) {
                byte[] found = store.get(CHUNKS, key(i));
                if (i % 3 == 0) {
                    assertThat(found).isEqualTo(value(i, 50_000));
                } else if (how.startsWith("by overwriting")) {
                    assertThat(found).isEqualTo(value(i, 5_000));
                } else if (how.startsWith("by small")) {
                    assertThat(found).isEqualTo(value(i, 5));
                } else {
                    assertThat(found).isNull();
                }
            }
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
    }

    @Test
    void many_small_files_become_few() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (int i = 0; i < 40; i++) {
                int each = i;
                commit(store, checkpoint -> checkpoint.put(CHUNKS, key(each), value(each, 5_000)));
            }
            assertThat(valueFiles()).hasSizeLessThan(14);
            for (int i = 0; i < 40; i++) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(i, 5_000));
            }
        }
    }

    @Test
    void what_is_left_is_known_after_a_restart() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 40);
            commit(store, checkpoint -> {
                for (int i = 0; i < 40; i += 3) {
                    checkpoint.delete(CHUNKS, key(i)); // a third: not enough
                }
            });
        }
        int files = valueFiles().size();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            commit(store, checkpoint -> {
                for (int i = 1; i < 40; i += 3) {
                    checkpoint.delete(CHUNKS, key(i));
                }
            });
            commit(store, checkpoint -> {});
            assertThat(valueFiles()).hasSizeLessThan(files / 2 + 2);
        }
    }

    @Test
    void a_failed_commit_moves_nothing_away() throws IOException {
        String[] fail = {""};
        StateDirectory.Steps steps = step -> {
            if (step.equals(fail[0])) {
                throw new IOException(step);
            }
        };
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS, steps)) {
            fill(store, 30);
            for (String failing : List.of("values synced", "tables flushed", "files linked", "checkpoint synced")) {
                fail[0] = failing;
                assertThatThrownBy(() -> commit(store, checkpoint -> {
                            for (int i = 0; i < 30; i++) {
                                if (i % 4 != 0) {
                                    checkpoint.delete(CHUNKS, key(i));
                                }
                            }
                        }))
                        .hasMessage(failing);
            }
            fail[0] = "";
            for (int i = 0; i < 30; i += 4) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(i, 50_000));
            }
            commit(store, checkpoint -> {});
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            for (int i = 0; i < 30; i += 4) {
                assertThat(store.get(CHUNKS, key(i))).isEqualTo(value(i, 50_000));
            }
        }
    }

    // ---- readers

    @Test
    void a_cursor_reads_what_was_there_when_it_was_opened_though_its_files_were_cleared() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS.withOpenFiles(1))) {
            fill(store, 40);
            Cursor cursor = store.scan(CHUNKS, key(0), null);
            assertThat(cursor.next()).isTrue();
            commit(store, checkpoint -> checkpoint.deleteRange(CHUNKS, key(0), key(40)));
            commit(store, checkpoint -> checkpoint.put(CHUNKS, key(7), value(77, 50_000)));
            commit(store, checkpoint -> {});
            int found = 0;
            do {
                assertThat(cursor.key()).isEqualTo(key(found));
                assertThat(cursor.value()).isEqualTo(value(found, 50_000));
                found++;
            } while (cursor.next());
            assertThat(found).isEqualTo(40);
            assertThat(names(state().resolve("live")).stream().filter(name -> name.endsWith(".values")))
                    .hasSizeGreaterThan(5);
            cursor.close();
            assertThat(names(state().resolve("live")).stream().filter(name -> name.endsWith(".values")))
                    .hasSize(1);
        }
    }

    /** Readers by key, by floor and by scan, while commits overwrite, remove and clear: each answer is whole. */
    @Test
    void readers_beside_clearing_commits_always_get_whole_values() throws Exception {
        int keys = 40;
        AtomicBoolean done = new AtomicBoolean();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS.withOpenFiles(2));
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            fill(store, keys);
            List<Future<Long>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                int kind = reader;
                readers.add(threads.submit(() -> {
                    Random random = new Random(kind);
                    long answers = 0;
                    while (!done.get()) {
                        int i = random.nextInt(keys);
                        switch (kind) {
                            case 0 -> assertWhole(i, store.get(CHUNKS, key(i)));
                            case 1 -> {
                                try (Cursor cursor = store.scanFromFloor(CHUNKS, key(i), key(i), null)) {
                                    assertThat(cursor.next()).isTrue();
                                    ByteBuffer value = cursor.value(ByteBuffer::allocateDirect);
                                    byte[] bytes = new byte[value.remaining()];
                                    value.get(bytes);
                                    assertWhole(i, bytes);
                                }
                            }
                            default -> {
                                int next = 0;
                                try (Cursor cursor = store.scan(CHUNKS, key(0), null)) {
                                    while (cursor.next()) {
                                        assertThat(cursor.key()).isEqualTo(key(next));
                                        assertWhole(next++, cursor.value());
                                    }
                                }
                                assertThat(next).isEqualTo(keys);
                            }
                        }
                        answers++;
                    }
                    return answers;
                }));
            }
            try {
                Random random = new Random(9);
                for (int round = 0; round < 25; round++) {
                    commit(store, checkpoint -> {
                        for (int i = 0; i < 15; i++) {
                            int key = random.nextInt(keys);
                            checkpoint.put(CHUNKS, key(key), value(key, 5_000 + random.nextInt(60_000)));
                        }
                    });
                    assertThat(store.values.openFiles()).isLessThanOrEqualTo(2 + 3);
                }
            } finally {
                done.set(true);
            }
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        }
    }

    /** Cursors that close during a commit let files go that the commit must neither list nor link. */
    @Test
    void cursors_that_close_during_commits_do_not_disturb_them() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Long>> readers = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                readers.add(threads.submit(() -> {
                    long opened = 0;
                    while (!done.get()) {
                        try (Cursor cursor = store.scan(CHUNKS, key(0), null)) {
                            cursor.next();
                            opened++;
                        }
                    }
                    return opened;
                }));
            }
            try {
                for (int round = 0; round < 60; round++) {
                    int each = round;
                    commit(store, checkpoint -> {
                        for (int i = 0; i < 8; i++) {
                            checkpoint.put(CHUNKS, key(i), value(each, 5_000));
                        }
                    });
                }
            } finally {
                done.set(true);
            }
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        }
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertThat(store.get(CHUNKS, key(7))).isEqualTo(value(59, 5_000));
        }
    }

    private static void assertWhole(int i, byte @Nullable [] value) {
        assertThat(value).isNotNull();
        assertThat(value).isEqualTo(value(i, value.length));
    }

    @Test
    void an_interrupted_reader_does_not_disturb_the_others() throws Exception {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 4);
            for (int i = 0; i < 200; i++) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> store.get(CHUNKS, key(1))).isInstanceOf(IOException.class);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(store.get(CHUNKS, key(1))).isEqualTo(value(1, 50_000));
                assertThat(store.values.openFiles()).isEqualTo(1);
            }
        }
    }

    /** Random puts and removals of all sizes beside a map, over commits and restarts, with files of all ages. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatever_moves_the_values_stay(long seed) throws IOException {
        Random random = new Random(seed);
        Map<Integer, Integer> expected = new HashMap<>();
        RocksStateStore store = RocksStateStore.open(state(), OPTIONS.withOpenFiles(3));
        try {
            for (int round = 0; round < 60; round++) {
                commit(store, checkpoint -> {
                    int changes = random.nextInt(20);
                    for (int i = 0; i < changes; i++) {
                        int key = random.nextInt(100);
                        switch (random.nextInt(5)) {
                            case 0 -> {
                                checkpoint.delete(CHUNKS, key(key));
                                expected.remove(key);
                            }
                            case 1 -> {
                                int to = key + random.nextInt(40);
                                checkpoint.deleteRange(CHUNKS, key(key), key(to));
                                for (int each = key; each < to; each++) {
                                    expected.remove(each);
                                }
                            }
                            default -> {
                                int length = random.nextBoolean() ? random.nextInt(100) : random.nextInt(70_000);
                                checkpoint.put(CHUNKS, key(key), value(key, length));
                                expected.put(key, length);
                            }
                        }
                    }
                });
                if (random.nextInt(8) == 0) {
                    store.close();
                    store = RocksStateStore.open(state(), OPTIONS.withOpenFiles(3));
                }
                for (int key = 0; key < 100; key++) {
                    Integer length = expected.get(key);
                    assertThat(store.get(CHUNKS, key(key)))
                            .as("seed %s, round %s, key %s", seed, round, key)
                            .isEqualTo(length == null ? null : value(key, length));
                }
            }
            long live = expected.values().stream().mapToLong(Integer::longValue).sum();
            for (int i = 0; i < 4; i++) {
                commit(store, checkpoint -> {});
            }
            long files = 0;
            for (String name : valueFiles()) {
                files += Files.size(newest().resolve(name));
            }
            assertThat(files)
                    .as("seed %s: bytes in files for %s live ones", seed, live)
                    .isLessThan(2 * live + (600 << 10));
        } finally {
            store.close();
        }
        assertThat(StateInspector.verify(state()).problems()).isEmpty();
    }

    // ---- damage

    @Test
    void a_damaged_value_is_refused_by_file_and_offset_and_the_others_are_read() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 4);
        }
        String name = valueFiles().getFirst();
        long recordBytes = (long) ValueFile.RECORD_HEADER_BYTES + key(1).length + 50_000;
        damage(newest().resolve(name), ValueFile.HEADER_BYTES + recordBytes + 30_000);
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertThat(store.get(CHUNKS, key(0))).isEqualTo(value(0, 50_000));
            assertThatThrownBy(() -> store.get(CHUNKS, key(1)))
                    .isInstanceOf(CorruptStateException.class)
                    .hasMessageContaining(
                            name + ": holds a damaged value at offset " + (ValueFile.HEADER_BYTES + recordBytes));
            assertThat(store.get(CHUNKS, key(2))).isEqualTo(value(2, 50_000));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {ValueFile.HEADER_BYTES, ValueFile.HEADER_BYTES + 5, ValueFile.HEADER_BYTES + 17, 30_000})
    void a_damaged_file_is_never_cleared_away(long at) throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 4);
        }
        String name = valueFiles().getFirst();
        damage(newest().resolve(name), at);
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            commit(store, checkpoint -> {
                for (int i = 1; i < 4; i++) {
                    checkpoint.delete(CHUNKS, key(i));
                }
            });
            commit(store, checkpoint -> {});
            assertThat(valueFiles()).contains(name);
        }
    }

    @Test
    void a_file_with_another_head_is_refused() throws IOException {
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            fill(store, 4);
        }
        String name = valueFiles().getFirst();
        damage(newest().resolve(name), 3);
        try (RocksStateStore store = RocksStateStore.open(state(), OPTIONS)) {
            assertThatThrownBy(() -> store.get(CHUNKS, key(1)))
                    .isInstanceOf(CorruptStateException.class)
                    .hasMessageContaining(
                            name + ": is damaged at offset 0: it does not begin with the header of value file 1");
        }
    }

    /** A limit on the size of files makes appends fail in the middle of records, as a full disk would. */
    @Test
    void an_append_that_fails_leaves_no_gap() throws Exception {
        Process child = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 3000; exec \"$@\"",
                        "bash",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Appender.class.getName(),
                        root.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), UTF_8);
        assertThat(child.waitFor()).as(output).isZero();
        assertThat(output).contains("all found");
    }

    /** Appends until the limit is hit in the middle of a record, goes on with smaller values, and looks for all of them. */
    static final class Appender {

        private static final int LIMIT_BYTES = 3_000 * 1024;

        private final List<ValueRef> refs = new ArrayList<>();
        private final ValueFiles files;

        private Appender(ValueFiles files) {
            this.files = files;
        }

        public static void main(String[] args) throws IOException {
            Path first = Files.createDirectory(Path.of(args[0], "first"));
            try (ValueFiles files = new ValueFiles(first, CHUNKS, 1 << 30, 4)) {
                // The third write of the buffer fails, in the fifth record, while the fourth waits in the buffer.
                new Appender(files).run(first, 4, 700_000, 700_000);
            }
            Path second = Files.createDirectory(Path.of(args[0], "second"));
            try (ValueFiles files = new ValueFiles(second, CHUNKS, 1 << 30, 4)) {
                // A record goes over several buffers, of which the first is written before one fails.
                new Appender(files).run(second, 1, 500_000, 2_900_000);
            }
            System.out.println("all found");
        }

        private void run(Path directory, int fitting, int length, int tooLong) throws IOException {
            for (int i = 0; i < fitting; i++) {
                append(length);
            }
            try {
                files.append(key(refs.size()), value(refs.size(), tooLong));
                throw new AssertionError("there is no room for so much");
            } catch (IOException e) {
                files.flush();
            }
            while (LIMIT_BYTES - end() > 70_000) {
                append(65_536);
                files.flush();
            }
            files.seal();
            long at = ValueFile.HEADER_BYTES;
            ValueFile file = new ValueFile(1, directory.resolve("stream_chunks-0000000001.values"), end(), 0);
            try (FileChannel from = FileChannel.open(file.path)) {
                for (int i = 0; i < refs.size(); i++) {
                    ValueFile.Found record = file.record(from, at);
                    assertThat(record.ref()).isEqualTo(refs.get(i));
                    assertThat(record.key()).isEqualTo(key(i));
                    assertThat(files.read(record.ref(), record.key()))
                            .isEqualTo(value(i, record.ref().length()));
                    at = record.end();
                }
                assertThat(at).isEqualTo(from.size());
            }
        }

        private void append(int length) throws IOException {
            refs.add(files.append(key(refs.size()), value(refs.size(), length)));
        }

        private long end() {
            return refs.getLast().offset() + refs.getLast().recordBytes(key(0).length);
        }
    }

    // ---- means

    private interface Changes {
        void write(Checkpoint checkpoint) throws IOException;
    }

    private void commit(RocksStateStore store, Changes changes) throws IOException {
        try (Checkpoint checkpoint = store.beginCheckpoint()) {
            changes.write(checkpoint);
            checkpoint.commit(++position);
        }
    }

    private void fill(RocksStateStore store, int count) throws IOException {
        commit(store, checkpoint -> {
            for (int i = 0; i < count; i++) {
                checkpoint.put(CHUNKS, key(i), value(i, 50_000));
            }
        });
    }

    private Path newest() throws IOException {
        return state().resolve("checkpoints/" + StateInspector.list(state()).newest());
    }

    /** The value files of the newest checkpoint. */
    private List<String> valueFiles() throws IOException {
        return names(newest()).stream().filter(name -> name.endsWith(".values")).toList();
    }

    private static List<String> names(Path directory) throws IOException {
        return StateDirectory.names(directory);
    }

    private static void damage(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 0x40;
        Files.write(file, bytes);
    }

    private static byte[] key(int i) {
        return "key%06d".formatted(i).getBytes(UTF_8);
    }

    private static byte[] value(int i, int length) {
        byte[] value = new byte[length];
        new Random(i).nextBytes(value);
        return value;
    }
}
