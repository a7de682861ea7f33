package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the file of a live sync keeps, and what it makes of what crashes leave. */
final class LiveFileTest {

    private static final String STORE = "acme/app";
    private static final EntryPath A = EntryPath.parse("a/x~1y");

    @TempDir
    Path directory;

    private Path path = Path.of("none");
    private LivePatterns patterns = new LivePatterns(List.of(EntryPattern.parse("a/**")));
    private LiveEffects effects = new LiveEffects(patterns);

    @BeforeEach
    void name() {
        path = directory.resolve("app.live");
    }

    private LiveFile open() {
        return LiveFile.open(path, STORE, patterns, effects);
    }

    private static EntryChange change(long seq, EntryOp.Kind kind, EntryPath at, @Nullable EntryValue value) {
        return new EntryChange(seq, kind, at, value, "d", "c");
    }

    private LiveCommit commit(LiveRoot before, EntryChange... changes) {
        LiveNode node = before.node();
        for (EntryChange change : changes) {
            node = effects.apply(node, change);
        }
        return new LiveCommit(
                Arrays.asList(changes), before, new LiveRoot(node, changes[changes.length - 1].storeSeq()));
    }

    private static LiveWrite write(String name, EntryOp... ops) {
        return new LiveWrite(name, Arrays.asList(ops), true);
    }

    private static List<Entry> entries(@Nullable LiveRoot root) {
        assertThat(root).isNotNull();
        return root == null ? List.of() : root.list(EntryPattern.ALL).toList();
    }

    private static final EntryOp OP = EntryOp.set(A, new EntryValue.Fields(Map.of("n", EntryValue.of(1))))
            .onlyIfNone()
            .fencedBy(new EntryOp.Fence(EntryPath.of("lock"), 7))
            .expiringAfter(60_000);

    /** A file with some of everything; what it holds afterwards. */
    private LiveRoot written(LiveFile file) {
        file.joined("id");
        LiveRoot filled = new LiveRoot(
                LiveNode.EMPTY.with(new Entry(A, new EntryValue.Fraction(new BigDecimal("1.50")), EntryType.FLOAT, 0)),
                5);
        file.filled(filled);
        LiveWrite first = write("w1", OP);
        LiveWrite second = write(
                "w2", EntryOp.delete(A), EntryOp.of(EntryOp.Kind.CHECK, A, null).ifMatch(3));
        LiveWrite third = write("w3", EntryOp.of(EntryOp.Kind.INCREMENT, A, EntryValue.of(2)));
        file.enqueued(first, LiveWrite.NEVER);
        file.enqueued(second, LiveWrite.NEVER);
        file.enqueued(third, LiveWrite.NEVER);
        file.sent(first, 5);
        LiveCommit one = commit(
                filled,
                change(6, EntryOp.Kind.SET, EntryPath.parse("a/b"), new EntryValue.Null()),
                change(
                        7,
                        EntryOp.Kind.ADD,
                        EntryPath.parse("a/set"),
                        new EntryValue.Items(List.of(EntryValue.of("m")))));
        file.committed(one, List.of(first));
        file.sent(second, 7);
        LiveCommit two = commit(one.after(), change(9, EntryOp.Kind.DELETE, EntryPath.parse("a/b"), null));
        file.committed(two, List.of());
        return two.after();
    }

    @Test
    void it_comes_back_as_it_was() {
        String device;
        LiveRoot root;
        try (LiveFile file = open()) {
            device = file.deviceId();
            root = written(file);
        }
        for (int i = 0; i < 2; i++) {
            try (LiveFile file = open()) {
                assertThat(file.deviceId()).isEqualTo(device);
                assertThat(file.storeId()).isEqualTo("id");
                assertThat(entries(file.root())).isEqualTo(entries(root));
                assertThat(file.root()).extracting(LiveRoot::storeSeq).isEqualTo(9L);
                List<LiveWrite> waiting = file.waiting();
                assertThat(waiting).extracting(write -> write.name).containsExactly("w2", "w3");
                assertThat(waiting).extracting(write -> write.sentAfter).containsExactly(7L, LiveWrite.NEVER);
                assertThat(waiting.get(0).ops)
                        .containsExactly(
                                EntryOp.delete(A),
                                EntryOp.of(EntryOp.Kind.CHECK, A, null).ifMatch(3));
            }
        }
    }

    @Test
    void an_op_with_everything_comes_back() {
        try (LiveFile file = open()) {
            file.enqueued(write("w", OP), LiveWrite.NEVER);
        }
        try (LiveFile file = open()) {
            assertThat(file.waiting().get(0).ops).containsExactly(OP);
        }
    }

    @Test
    void what_is_cut_anywhere_is_as_it_was_earlier() throws IOException {
        try (LiveFile file = open()) {
            written(file);
        }
        byte[] whole = Files.readAllBytes(path);
        int states = 0;
        long seq = -1;
        int waiting = -1;
        for (int length = whole.length; length > 0; length--) {
            Files.write(path, Arrays.copyOf(whole, length));
            LiveFile file;
            try {
                file = open();
            } catch (VarveException e) {
                // Not even the header, which is written as a whole before the file has its name.
                assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
                break;
            }
            try (file) {
                LiveRoot root = file.root();
                long now = root == null ? 0 : root.storeSeq();
                assertThat(now).isIn(0L, 5L, 7L, 9L);
                states += now != seq || file.waiting().size() != waiting ? 1 : 0;
                seq = now;
                waiting = file.waiting().size();
                file.enqueued(write("later", EntryOp.delete(A)), LiveWrite.NEVER);
            }
            try (LiveFile again = open()) {
                assertThat(again.waiting())
                        .hasSize(waiting + 1)
                        .extracting(write -> write.name)
                        .endsWith("later");
            }
        }
        assertThat(states).isGreaterThan(5);
    }

    @Test
    void garbage_at_the_end_is_cut_and_damage_before_what_is_whole_is_refused() throws IOException {
        try (LiveFile file = open()) {
            written(file);
        }
        byte[] whole = Files.readAllBytes(path);
        byte[] garbage = Arrays.copyOf(whole, whole.length + 100);
        Files.write(path, garbage);
        try (LiveFile file = open()) {
            assertThat(file.waiting()).hasSize(2);
        }
        int refusals = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(path, damaged);
            try (LiveFile file = open()) {
                assertThat(file.waiting())
                        .as("byte " + at)
                        .extracting(write -> write.name)
                        .contains("w2", "w3");
                assertThat(file.root()).extracting(LiveRoot::storeSeq).isIn(5L, 7L, 9L);
            } catch (VarveException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
                assertThat(Files.readAllBytes(path)).isEqualTo(damaged);
                refusals++;
            }
        }
        assertThat(refusals).isGreaterThan(whole.length / 2);
    }

    @Test
    void pages_that_a_power_cut_lost_are_cut_with_what_is_whole_behind_them() throws IOException {
        LiveRoot root = new LiveRoot(LiveNode.EMPTY, 0);
        int forced;
        try (LiveFile file = open()) {
            file.filled(root);
            file.enqueued(write("w", OP), LiveWrite.NEVER);
            forced = (int) Files.size(path);
            for (int seq = 1; seq <= 3; seq++) {
                LiveCommit commit = commit(root, change(seq, EntryOp.Kind.SET, A, EntryValue.of(seq)));
                file.committed(commit, List.of());
                root = commit.after();
            }
        }
        byte[] whole = Files.readAllBytes(path);
        Arrays.fill(whole, forced, forced + 20, (byte) 0);
        Files.write(path, whole);
        try (LiveFile file = open()) {
            assertThat(file.root()).extracting(LiveRoot::storeSeq).isEqualTo(0L);
            assertThat(file.waiting()).hasSize(1);
        }
    }

    @Test
    void a_copy_whose_last_entries_are_lost_is_none() throws IOException {
        LiveNode node = LiveNode.EMPTY;
        for (int i = 0; i < 501; i++) {
            node = node.with(new Entry(EntryPath.of("a", "k" + i), EntryValue.of(i), EntryType.INTEGER, 0));
        }
        int before;
        try (LiveFile file = open()) {
            before = (int) Files.size(path);
            file.filled(new LiveRoot(node, 5));
        }
        byte[] whole = Files.readAllBytes(path);
        int copies = 0;
        for (int length = before; length <= whole.length; length += 50) {
            Files.write(path, Arrays.copyOf(whole, Math.min(length, whole.length)));
            try (LiveFile file = open()) {
                LiveRoot root = file.root();
                assertThat(root == null || root.node().size() == 501)
                        .as("cut at " + length)
                        .isTrue();
                copies += root == null ? 0 : 1;
            }
        }
        assertThat(copies).isLessThan(2);
    }

    @Test
    void what_is_promised_and_what_is_about_to_be_sent_is_forced_to_the_disk() {
        AtomicInteger forced = new AtomicInteger();
        try (LiveFile file = LiveFile.open(path, STORE, patterns, effects, log -> forced.incrementAndGet())) {
            LiveWrite write = write("w", OP);
            forced.set(0);
            file.enqueued(write, LiveWrite.NEVER);
            assertThat(forced).hasValue(1);
            file.sent(write, 5);
            assertThat(forced).hasValue(2);
            file.sent(write, 7); // again, which makes no difference
            file.committed(commit(new LiveRoot(LiveNode.EMPTY, 5), change(6, EntryOp.Kind.DELETE, A, null)), List.of());
            file.answered(write);
            assertThat(forced).hasValue(2);
            LiveWrite next = write("next", OP);
            file.enqueued(next, 6);
            file.sent(next, 6);
            assertThat(forced).hasValue(3);
        }
        assertThat(forced).hasValue(4);
        try (LiveFile file = open()) {
            assertThat(file.waiting()).extracting(write -> write.sentAfter).containsExactly(6L);
        }
    }

    @Test
    void what_a_disk_does_not_take_is_not_there_and_the_next_is() {
        AtomicBoolean fails = new AtomicBoolean();
        try (LiveFile file = LiveFile.open(path, STORE, patterns, effects, log -> {
            if (fails.getAndSet(false)) {
                throw new IOException("a disk that fails");
            }
        })) {
            file.enqueued(write("first", OP), LiveWrite.NEVER);
            fails.set(true);
            VarveException failure = catchThrowableOfType(
                    VarveException.class, () -> file.enqueued(write("refused", OP), LiveWrite.NEVER));
            assertThat(failure.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
            file.enqueued(write("second", OP), LiveWrite.NEVER);
        }
        try (LiveFile file = open()) {
            assertThat(file.waiting()).extracting(write -> write.name).containsExactly("first", "second");
        }
    }

    @Test
    void a_disk_that_goes_on_failing_ends_it() {
        AtomicBoolean fails = new AtomicBoolean();
        try (LiveFile file = LiveFile.open(path, STORE, patterns, effects, log -> {
            if (fails.get()) {
                throw new IOException("a disk that fails");
            }
        })) {
            file.enqueued(write("first", OP), LiveWrite.NEVER);
            fails.set(true);
            for (String name : List.of("second", "third")) {
                assertThat(catchThrowableOfType(
                                        VarveException.class, () -> file.enqueued(write(name, OP), LiveWrite.NEVER))
                                .kind())
                        .isEqualTo(ErrorKind.UNAVAILABLE);
            }
            assertThat(catchThrowableOfType(VarveException.class, () -> file.joined("id"))
                            .kind())
                    .isEqualTo(ErrorKind.UNAVAILABLE);
        }
        try (LiveFile file = open()) {
            assertThat(file.waiting()).extracting(write -> write.name).startsWith("first");
        }
    }

    @Test
    void what_is_no_such_file_is_refused() throws IOException {
        Files.writeString(path, "something else altogether, of some length");
        assertThat(catchThrowableOfType(VarveException.class, this::open).kind())
                .isEqualTo(ErrorKind.CORRUPT);
        assertThat(Files.readString(path)).startsWith("something else");
    }

    @Test
    void it_belongs_to_one_store_and_one_user_at_a_time() {
        try (LiveFile file = open()) {
            assertThat(file.deviceId()).startsWith("live_");
            assertThat(catchThrowableOfType(VarveException.class, this::open).kind())
                    .isEqualTo(ErrorKind.UNAVAILABLE);
        }
        assertThat(catchThrowableOfType(
                        VarveException.class, () -> LiveFile.open(path, "acme/other", patterns, effects)))
                .hasMessageContaining("acme/app, not of acme/other");
        open().close();
    }

    @Test
    void with_other_patterns_it_keeps_the_writes_that_wait() {
        String device;
        try (LiveFile file = open()) {
            device = file.deviceId();
            written(file);
        }
        patterns = new LivePatterns(List.of(EntryPattern.ALL));
        effects = new LiveEffects(patterns);
        for (int i = 0; i < 2; i++) {
            try (LiveFile file = open()) {
                assertThat(file.root()).isNull();
                assertThat(file.deviceId()).isEqualTo(device);
                assertThat(file.waiting()).hasSize(2);
            }
        }
    }

    @Test
    void it_is_written_anew_before_most_of_it_is_out_of_date() throws IOException {
        LiveRoot root = new LiveRoot(LiveNode.EMPTY, 0);
        String text = "x".repeat(1_000);
        try (LiveFile file = open()) {
            file.filled(root);
            file.enqueued(write("w", OP), LiveWrite.NEVER);
            for (int seq = 1; seq <= 5_000; seq++) {
                LiveCommit commit = commit(root, change(seq, EntryOp.Kind.SET, A, EntryValue.of(seq + text)));
                file.committed(commit, List.of());
                root = commit.after();
                assertThat(Files.size(path)).isLessThan(2 << 20);
            }
        }
        try (LiveFile file = open()) {
            assertThat(entries(file.root())).isEqualTo(entries(root));
            assertThat(file.waiting()).hasSize(1);
        }
    }
}
