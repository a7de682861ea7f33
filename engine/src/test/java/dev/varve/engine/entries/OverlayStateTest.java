package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.ForwardingStateStore;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The overlay over the state is the whole truth, whatever a checkpoint has written and however far it was taken out. */
final class OverlayStateTest {

    private static final long STORE = 7;

    private int scans;
    private final StateStore state = new ForwardingStateStore(new MemoryStateStore()) {
        @Override
        public Cursor scan(Table table, byte[] from, byte @Nullable [] end) throws IOException {
            scans++;
            return super.scan(table, from, end);
        }
    };
    private final StoreState store = new StoreState(STORE, new UUID(0, 1), "acme/app", 0);

    /** What stands where, in the plainest way. */
    private final NavigableMap<String, EntryValue> expected = new TreeMap<>();

    private Overlay decided = Overlay.EMPTY;
    private long lastSeq;
    private int steps;

    private static byte[] key(String path) {
        return Keys.key(STORE, EntryPath.parse(path));
    }

    private void change(EntryOp.Kind kind, String path, @Nullable EntryValue value) {
        EntryEvent event =
                new EntryEvent(++lastSeq, kind, EntryPath.parse(path), value, null, "device", "op", true, 1_000);
        store.reached(lastSeq, Totals.NONE);
        decided = decided.after(STORE, new Change(event, true, 0, 0, 0, Totals.NONE));
        if (kind == EntryOp.Kind.SET || kind == EntryOp.Kind.DELETE) {
            expected.keySet().removeIf(at -> at.equals(path) || at.startsWith(path + "/"));
        }
        if (value != null) {
            expected.put(path, value);
        }
    }

    private void set(String path, long value) {
        change(EntryOp.Kind.SET, path, EntryValue.of(value));
    }

    private void delete(String path) {
        change(EntryOp.Kind.DELETE, path, null);
    }

    private void increment(String path, long total) {
        change(EntryOp.Kind.INCREMENT, path, EntryValue.of(total));
    }

    private FrozenEntries freeze() {
        Overlay frozen = decided;
        FileIndex.Frozen files = new FileIndex(state).freeze();
        return new FrozenEntries(
                state,
                frozen,
                Set.of(store),
                List.of(),
                List.of(),
                new byte[] {1},
                8,
                files,
                new FrozenEntries.Retiring() {
                    @Override
                    public void begin() {
                        steps = 0;
                    }

                    @Override
                    public Overlay decided() {
                        return decided;
                    }

                    @Override
                    public void decided(Overlay next) {
                        decided = next;
                        steps++;
                    }

                    @Override
                    public void end() {
                        // Nothing is on its way to a disk here.
                    }
                });
    }

    private void write(FrozenEntries frozen) throws IOException {
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, this::check);
            checkpoint.commit(0);
        }
        checkSubtrees();
    }

    /** Whatever is below a path in the state, the state has a row of that subtree. */
    private void checkSubtrees() throws IOException {
        try (StateStore.Cursor leaves = state.scan(Table.ENTRY_LEAVES, Binary.key(STORE), Binary.key(STORE + 1))) {
            while (leaves.next()) {
                for (byte[] above : Keys.ancestors(leaves.key())) {
                    assertThat(state.get(Table.ENTRY_SUBTREES, above))
                            .as("%s above %s", Keys.path(above), Keys.path(leaves.key()))
                            .isNotNull();
                }
            }
        }
    }

    private void retire(FrozenEntries frozen) {
        while (!frozen.retireStep()) {
            check();
        }
        check();
    }

    /** Looks at everything in every way. */
    private void check() {
        try {
            NavigableMap<String, EntryValue> seen = new TreeMap<>();
            try (EntryScan scan = EntryScan.up(state, decided, key("a"), key("z"))) {
                while (scan.next()) {
                    seen.put(Keys.path(scan.key()).toString(), Leaf.value(scan.leaf()));
                }
            }
            assertThat(seen).isEqualTo(expected);
            for (String path : List.of("a", "a/b", "a/b/c", "a-", "b")) {
                boolean below = !expected.subMap(path + "/", path + "0").isEmpty();
                assertThat(lookup(path, List.of()).hasBelow(key(path))).as(path).isEqualTo(below);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Lookup lookup(String path, List<String> apart) throws IOException {
        NavigableMap<byte[], Known> known = Lookup.nothingKnown();
        NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        apart.forEach(part -> keys.add(key(part)));
        known.put(key(path), Known.load(state, decided, key(path), keys));
        for (byte[] part : keys) {
            known.put(part, Known.load(state, decided, part, new TreeSet<>(Arrays::compareUnsigned)));
        }
        return new Lookup(decided, known);
    }

    @Test
    void an_entry_put_at_a_cleared_path_does_not_hide_what_a_checkpoint_wrote_below() throws IOException {
        set("a/b", 1);
        delete("a");
        set("a/b", 2);
        set("a/b/c", 3);
        FrozenEntries frozen = freeze();
        increment("a", 1);
        increment("a/b", 5);
        write(frozen);
        retire(frozen);

        assertThat(expected).containsOnlyKeys("a", "a/b", "a/b/c");
    }

    @Test
    void what_was_cleared_after_a_checkpoint_began_stays_cleared() throws IOException {
        set("a/b", 1);
        delete("a");
        set("a/b", 2);
        set("a/x", 2);
        FrozenEntries frozen = freeze();
        delete("a");
        set("a/y", 3);
        write(frozen);
        retire(frozen);

        assertThat(expected).containsOnlyKeys("a/y");
        frozen = freeze();
        write(frozen);
        retire(frozen);
        assertThat(decided.bytes()).isZero();
    }

    @Test
    void a_checkpoint_is_taken_out_step_by_step() throws IOException {
        for (int i = 0; i < 700; i++) {
            set("a/b/" + i, i);
            set("a-/" + i, i);
        }
        delete("a");
        for (int i = 0; i < 700; i++) {
            set("a/b/c" + i, i);
        }
        FrozenEntries frozen = freeze();
        increment("a", 1);
        increment("a/b", 2);
        for (int i = 0; i < 700; i += 3) {
            delete("a/b/c" + i);
        }
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, () -> {});
            checkpoint.commit(0);
        }
        check();
        retire(frozen);

        assertThat(steps).isGreaterThan(4);
    }

    @Test
    void a_checkpoint_that_failed_is_written_again() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 30; i++) {
                String path = List.of("a", "a/b", "a/b/c", "a-/b", "b", "a/b-", "a/b/d")
                        .get(random.nextInt(7));
                switch (random.nextInt(3)) {
                    case 0 -> delete(path);
                    case 1 -> set(path, i);
                    default -> increment(path, i);
                }
            }
            FrozenEntries frozen = freeze();
            int failsAt = random.nextInt(15);
            Pace failing = new Pace() {
                private int passed;

                @Override
                public void step() {
                    check();
                    if (passed++ == failsAt) {
                        throw new IllegalStateException("the disk is full");
                    }
                }
            };
            try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
                frozen.write(checkpoint, failing);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("the disk is full");
            }
            set("b/" + round, round);
            delete("a/b");
            write(frozen);
            retire(frozen);
        }
    }

    @Test
    void entries_that_replace_single_ones_are_written_without_a_search_for_what_was_below() throws IOException {
        for (int i = 0; i < 500; i++) {
            set("a/" + i, i);
        }
        write(freeze());
        for (int i = 0; i < 500; i++) {
            set("a/" + i, -i);
        }
        FrozenEntries frozen = freeze();
        scans = 0;
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, () -> {});
            checkpoint.commit(0);
        }

        assertThat(scans).isLessThan(5);
        retire(frozen);
    }

    @Test
    void siblings_are_found_behind_a_path_that_was_cleared() throws IOException {
        set("a/b", 1);
        set("a/b-x", 2);
        FrozenEntries frozen = freeze();
        write(frozen);
        retire(frozen);
        delete("a/b");

        check();
        assertThat(lookup("a", List.of()).hasBelow(key("a"))).isTrue();
        delete("a/b-x");
        check();
    }

    @Test
    void what_a_write_may_take_away_is_looked_at_apart() throws IOException {
        for (int i = 0; i < 40; i++) {
            set("a/b/" + i, i);
        }
        set("a/c", 1);
        FrozenEntries frozen = freeze();
        write(frozen);
        retire(frozen);

        Lookup lookup = lookup("a", List.of("a/b", "a/c"));
        assertThat(lookup.hasBelow(key("a"))).isTrue();
        delete("a/b");
        lookup.moveTo(decided);
        assertThat(lookup.hasBelow(key("a"))).isTrue();
        delete("a/c");
        lookup.moveTo(decided);
        assertThat(lookup.hasBelow(key("a"))).isFalse();
        assertThat(lookup.revision(key("a"))).isZero();
    }

    @Test
    void values_keep_their_shape() {
        for (EntryValue value : List.<EntryValue>of(
                new EntryValue.Null(),
                EntryValue.of("\u00e9\ud83d\ude00"),
                new EntryValue.Items(
                        List.of(EntryValue.of(true), new EntryValue.Fields(Map.of("k", EntryValue.of(1))))))) {
            byte[] leaf = Leaf.present(dev.varve.api.EntryType.of(value), 5, value);
            byte[] marked = Leaf.clearing(leaf, 3);

            assertThat(Leaf.value(marked)).isEqualTo(value);
            assertThat(Leaf.revision(marked)).isEqualTo(5);
            assertThat(Leaf.clearedBy(marked)).isEqualTo(3);
            assertThat(Leaf.clearedBy(leaf)).isZero();
            assertThat(Leaf.plain(marked)).isEqualTo(leaf);
            assertThat(Leaf.isPresent(marked) && Leaf.clears(marked) && !Leaf.clears(leaf))
                    .isTrue();
        }
        assertThat(Leaf.isPresent(Leaf.absent(4))).isFalse();
        assertThat(Leaf.clearedBy(Leaf.absent(4))).isEqualTo(4);
        assertThat(Leaf.plain(Leaf.absent(4))).isEqualTo(Leaf.absent(0));
    }
}
