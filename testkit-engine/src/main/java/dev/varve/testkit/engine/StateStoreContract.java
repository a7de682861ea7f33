package dev.varve.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.StateStore.Checkpoint;
import dev.varve.engine.state.StateStore.Cursor;
import dev.varve.engine.state.StateStore.Entry;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link StateStore} does. Extend it, say how a store is made and what a restart finds, and run it.
 */
public abstract class StateStoreContract {

    private static final byte[] LOWEST = {};
    private static final List<Table> TABLES = List.of(Table.values());

    private StateStore store;

    /** For the suite that extends this. */
    protected StateStoreContract() {}

    /**
     * Makes an empty store.
     *
     * @return the open store
     * @throws IOException when it cannot be made
     */
    protected abstract StateStore create() throws IOException;

    /**
     * Ends a store as a crash would, without a word to it as far as that is possible, and opens it again.
     *
     * @param store the store made last
     * @return what is found
     * @throws IOException when it cannot be opened
     */
    protected abstract StateStore crash(StateStore store) throws IOException;

    /**
     * Closes a store and opens it again.
     *
     * @param store the store made last
     * @return what is found
     * @throws IOException when it cannot be closed or opened
     */
    protected abstract StateStore reopen(StateStore store) throws IOException;

    /** Makes the store of the test. */
    @BeforeEach
    final void open() throws IOException {
        store = create();
    }

    /** Closes whatever store the test ended with. */
    @AfterEach
    final void close() throws IOException {
        store.close();
    }

    // ---- values

    @ParameterizedTest
    @EnumSource(Table.class)
    void a_new_store_is_empty(Table table) throws IOException {
        assertThat(store.get(table, key("a"))).isNull();
        assertThat(store.surelyAbsent(table, key("a"))).isTrue();
        assertThat(keys(table, LOWEST, null)).isEmpty();
        assertThat(floor(table, key("z"), LOWEST)).isNull();
        assertThat(store.replayFrom()).isZero();
        assertThat(store.checkpointName()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Table.class)
    void what_was_put_is_there_after_a_commit_a_restart_and_a_crash(Table table) throws IOException {
        commit(1, checkpoint -> checkpoint.put(table, key("a"), value("1")));
        assertThat(store.get(table, key("a"))).isEqualTo(value("1"));
        store = reopen(store);
        assertThat(store.get(table, key("a"))).isEqualTo(value("1"));
        store = crash(store);
        assertThat(store.get(table, key("a"))).isEqualTo(value("1"));
        assertThat(store.get(table, key("b"))).isNull();
    }

    @Test
    void tables_do_not_see_each_other() throws IOException {
        commit(1, checkpoint -> {
            for (Table table : Table.values()) {
                checkpoint.put(table, key("k"), value(table.name()));
            }
        });
        commit(2, checkpoint -> checkpoint.delete(Table.STREAM_HEADS, key("k")));
        store = reopen(store);
        for (Table table : Table.values()) {
            assertThat(store.get(table, key("k"))).isEqualTo(table == Table.STREAM_HEADS ? null : value(table.name()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4_095, 4_096, 65_536, 1 << 20, 5 << 20})
    void values_of_any_size_come_back(int bytes) throws IOException {
        byte[] value = new byte[bytes];
        new Random(bytes).nextBytes(value);
        commit(1, checkpoint -> {
            checkpoint.put(Table.STREAM_CHUNKS, key("k"), value);
            checkpoint.put(Table.STREAM_HEADS, key("k"), value);
        });
        assertThat(store.get(Table.STREAM_CHUNKS, key("k"))).isEqualTo(value);
        store = reopen(store);
        assertThat(store.get(Table.STREAM_CHUNKS, key("k"))).isEqualTo(value);
        assertThat(store.get(Table.STREAM_HEADS, key("k"))).isEqualTo(value);
        assertThat(scan(Table.STREAM_CHUNKS, LOWEST, null).getFirst().value()).isEqualTo(value);
    }

    @Test
    void a_later_change_to_a_key_wins_within_a_checkpoint_and_across_them() throws IOException {
        commit(1, checkpoint -> {
            checkpoint.put(Table.META, key("a"), value("1"));
            checkpoint.put(Table.META, key("a"), value("2"));
            checkpoint.put(Table.META, key("b"), value("1"));
            checkpoint.delete(Table.META, key("b"));
            checkpoint.delete(Table.META, key("c"));
            checkpoint.put(Table.META, key("c"), value("3"));
        });
        assertThat(all(Table.META)).containsExactly("a=2", "c=3");
        commit(2, checkpoint -> {
            checkpoint.put(Table.META, key("c"), value("4"));
            checkpoint.delete(Table.META, key("a"));
            checkpoint.delete(Table.META, key("never"));
        });
        assertThat(all(Table.META)).containsExactly("c=4");
        store = reopen(store);
        assertThat(all(Table.META)).containsExactly("c=4");
    }

    @Test
    void a_range_is_removed_from_the_first_key_on_and_up_to_but_without_the_last() throws IOException {
        commit(1, checkpoint -> {
            for (String name : List.of("a", "b", "ba", "c", "d")) {
                checkpoint.put(Table.STREAM_CHUNKS, key(name), value(name));
            }
            checkpoint.put(Table.STREAM_HEADS, key("b"), value("b"));
        });
        commit(2, checkpoint -> checkpoint.deleteRange(Table.STREAM_CHUNKS, key("b"), key("c")));
        assertThat(keys(Table.STREAM_CHUNKS, LOWEST, null)).containsExactly("a", "c", "d");
        assertThat(store.get(Table.STREAM_CHUNKS, key("ba"))).isNull();
        assertThat(store.get(Table.STREAM_HEADS, key("b"))).isNotNull();
        store = reopen(store);
        assertThat(keys(Table.STREAM_CHUNKS, LOWEST, null)).containsExactly("a", "c", "d");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 32, 33, 500})
    void a_range_goes_however_many_keys_it_holds_written_just_now_or_before(int count) throws IOException {
        Changes fill = checkpoint -> {
            for (int i = 0; i < count; i++) {
                checkpoint.put(Table.STREAM_CHUNKS, key("b%04d".formatted(i)), value("1"));
                checkpoint.put(Table.STREAM_PRODUCERS, key("b%04d".formatted(i)), value("1"));
            }
            checkpoint.put(Table.STREAM_CHUNKS, key("a"), value("1"));
            checkpoint.put(Table.STREAM_PRODUCERS, key("c"), value("1"));
        };
        Changes empty = checkpoint -> {
            checkpoint.deleteRange(Table.STREAM_CHUNKS, key("b"), key("c"));
            checkpoint.deleteRange(Table.STREAM_PRODUCERS, key("b"), key("c"));
        };
        commit(1, fill);
        commit(2, empty);
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("a=1");
        assertThat(all(Table.STREAM_PRODUCERS)).containsExactly("c=1");
        commit(3, checkpoint -> {
            fill.write(checkpoint);
            empty.write(checkpoint);
        });
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("a=1");
        store = reopen(store);
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("a=1");
        assertThat(all(Table.STREAM_PRODUCERS)).containsExactly("c=1");
    }

    @Test
    void an_empty_range_removes_nothing() throws IOException {
        commit(1, checkpoint -> {
            checkpoint.put(Table.STREAM_CHUNKS, key("b"), value("1"));
            checkpoint.deleteRange(Table.STREAM_CHUNKS, key("b"), key("b"));
            checkpoint.deleteRange(Table.STREAM_CHUNKS, key("c"), key("a"));
        });
        assertThat(keys(Table.STREAM_CHUNKS, LOWEST, null)).containsExactly("b");
    }

    @Test
    void what_is_put_after_its_range_was_removed_stays() throws IOException {
        commit(1, checkpoint -> checkpoint.put(Table.STREAM_CHUNKS, key("b"), value("1")));
        commit(2, checkpoint -> {
            checkpoint.put(Table.STREAM_CHUNKS, key("b1"), value("2"));
            checkpoint.deleteRange(Table.STREAM_CHUNKS, key("b"), key("c"));
            checkpoint.put(Table.STREAM_CHUNKS, key("b2"), value("3"));
        });
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("b2=3");
        store = reopen(store);
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("b2=3");
    }

    @Test
    void arrays_handed_over_may_be_used_again() throws IOException {
        byte[] key = key("a");
        byte[] value = value("1");
        commit(1, checkpoint -> {
            checkpoint.put(Table.META, key, value);
            key[0] = 'b';
            value[0] = '2';
            checkpoint.put(Table.META, key, value);
            key[0] = 'x';
            value[0] = 'x';
        });
        assertThat(all(Table.META)).containsExactly("a=1", "b=2");
        byte[] read = store.get(Table.META, key("a"));
        assertThat(read).isNotNull();
        read[0] = 'x';
        assertThat(store.get(Table.META, key("a"))).isEqualTo(value("1"));
    }

    // ---- order

    @Test
    void keys_are_compared_as_unsigned_bytes_and_a_prefix_comes_first() throws IOException {
        List<byte[]> inOrder = List.of(
                new byte[] {0},
                new byte[] {0, 0},
                new byte[] {1},
                new byte[] {0x7f},
                new byte[] {0x7f, (byte) 0xff},
                new byte[] {(byte) 0x80},
                new byte[] {(byte) 0xff},
                new byte[] {(byte) 0xff, 0});
        commit(1, checkpoint -> {
            for (byte[] key : inOrder.reversed()) {
                checkpoint.put(Table.STREAM_PATHS, key, key);
            }
        });
        assertThat(scan(Table.STREAM_PATHS, LOWEST, null).stream()
                        .map(Entry::key)
                        .toList())
                .usingElementComparator(Arrays::compareUnsigned)
                .isEqualTo(inOrder);
    }

    @Test
    void a_scan_goes_from_the_first_key_on_and_up_to_but_without_the_last() throws IOException {
        commit(1, checkpoint -> {
            for (String name : List.of("a", "b", "c", "d")) {
                checkpoint.put(Table.STREAM_PATHS, key(name), value(name));
            }
        });
        assertThat(keys(Table.STREAM_PATHS, LOWEST, null)).containsExactly("a", "b", "c", "d");
        assertThat(keys(Table.STREAM_PATHS, key("b"), null)).containsExactly("b", "c", "d");
        assertThat(keys(Table.STREAM_PATHS, key("b"), key("d"))).containsExactly("b", "c");
        assertThat(keys(Table.STREAM_PATHS, key("aa"), key("ca"))).containsExactly("b", "c");
        assertThat(keys(Table.STREAM_PATHS, key("b"), key("b"))).isEmpty();
        assertThat(keys(Table.STREAM_PATHS, key("d"), key("a"))).isEmpty();
        assertThat(keys(Table.STREAM_PATHS, key("e"), null)).isEmpty();
        assertThat(keys(Table.STREAM_PATHS, LOWEST, LOWEST)).isEmpty();
    }

    @Test
    void a_cursor_stays_at_its_end_and_has_no_key_before_or_after() throws IOException {
        commit(1, checkpoint -> checkpoint.put(Table.META, key("a"), value("1")));
        try (Cursor cursor = store.scan(Table.META, LOWEST, null)) {
            assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("a"));
            assertThat(cursor.value()).isEqualTo(value("1"));
            assertThat(cursor.next()).isFalse();
            assertThat(cursor.next()).isFalse();
            assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(cursor::value).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_cursor_leaves_out_keys_but_never_goes_back() throws IOException {
        commit(1, checkpoint -> {
            for (String name : List.of("a", "b", "c", "d", "e", "f")) {
                checkpoint.put(Table.STREAM_PATHS, key(name), value(name));
            }
        });
        try (Cursor cursor = store.scan(Table.STREAM_PATHS, LOWEST, key("f"))) {
            assertThatThrownBy(() -> cursor.skipTo(key("b"))).isInstanceOf(IllegalStateException.class);
            assertThat(cursor.next()).isTrue();
            cursor.skipTo(key("bb"));
            assertThat(cursor.key()).isEqualTo(key("a"));
            assertThat(cursor.value()).isEqualTo(value("a"));
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("c"));
            cursor.skipTo(key("a"));
            cursor.skipTo(key("c"));
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("d"));
            cursor.skipTo(key("e"));
            assertThat(rest(cursor)).containsExactly("e=e");
        }
        try (Cursor cursor = store.scan(Table.STREAM_PATHS, LOWEST, key("f"))) {
            assertThat(cursor.next()).isTrue();
            cursor.skipTo(key("f"));
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void a_scan_down_goes_from_below_the_last_key_to_the_first() throws IOException {
        commit(1, checkpoint -> {
            for (String name : List.of("a", "b", "c", "d", "e", "f")) {
                checkpoint.put(Table.STREAM_PATHS, key(name), value(name));
            }
        });
        try (Cursor cursor = store.scanDown(Table.STREAM_PATHS, key("b"), key("d"))) {
            assertThat(rest(cursor)).containsExactly("c=c", "b=b");
            assertThat(cursor.next()).isFalse();
        }
        try (Cursor cursor = store.scanDown(Table.STREAM_PATHS, key("aa"), key("dd"))) {
            assertThat(rest(cursor)).containsExactly("d=d", "c=c", "b=b");
        }
        try (Cursor cursor = store.scanDown(Table.STREAM_PATHS, key("d"), key("d"))) {
            assertThat(rest(cursor)).isEmpty();
        }
        try (Cursor cursor = store.scanDown(Table.STREAM_PATHS, LOWEST, key("z"))) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("f"));
            cursor.skipTo(key("g"));
            cursor.skipTo(key("d"));
            assertThat(cursor.key()).isEqualTo(key("f"));
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).isEqualTo(key("c"));
            cursor.skipTo(key("bb"));
            assertThat(rest(cursor)).containsExactly("b=b", "a=a");
        }
    }

    @Test
    void a_cursor_sees_the_moment_it_was_opened() throws IOException {
        commit(1, checkpoint -> {
            checkpoint.put(Table.STREAM_CHUNKS, key("a"), value("1"));
            checkpoint.put(Table.STREAM_CHUNKS, key("b"), value("1"));
            checkpoint.put(Table.STREAM_CHUNKS, key("c"), value("1"));
        });
        try (Cursor opened = store.scan(Table.STREAM_CHUNKS, LOWEST, null);
                Cursor begun = store.scan(Table.STREAM_CHUNKS, LOWEST, null)) {
            assertThat(begun.next()).isTrue();
            commit(2, checkpoint -> {
                checkpoint.put(Table.STREAM_CHUNKS, key("aa"), value("2"));
                checkpoint.put(Table.STREAM_CHUNKS, key("b"), value("2"));
                checkpoint.deleteRange(Table.STREAM_CHUNKS, key("c"), key("d"));
                checkpoint.put(Table.STREAM_CHUNKS, key("d"), value("2"));
            });
            assertThat(rest(opened)).containsExactly("a=1", "b=1", "c=1");
            assertThat(rest(begun)).containsExactly("b=1", "c=1");
        }
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("a=1", "aa=2", "b=2", "d=2");
    }

    @Test
    void floor_is_the_greatest_key_at_or_below_and_not_under_the_lower_bound() throws IOException {
        commit(1, checkpoint -> {
            for (String name : List.of("a0", "b0", "b5", "b9", "d0")) {
                checkpoint.put(Table.STREAM_CHUNKS, key(name), value(name));
            }
            checkpoint.put(Table.STREAM_HEADS, key("b6"), value("another table"));
        });
        assertThat(floor("b5", "b")).isEqualTo("b5");
        assertThat(floor("b7", "b")).isEqualTo("b5");
        assertThat(floor("b:", "b")).isEqualTo("b9");
        assertThat(floor("b0", "b")).isEqualTo("b0");
        assertThat(floor("b0", "b0")).isEqualTo("b0");
        assertThat(floor("b/", "b")).isNull();
        assertThat(floor("b/", "a")).isEqualTo("a0");
        assertThat(floor("c9", "c")).isNull();
        assertThat(floor("z", "")).isEqualTo("d0");
        assertThat(floor("a", "")).isNull();
        assertThat(floor("b5", "b6")).isNull();
        commit(2, checkpoint -> checkpoint.deleteRange(Table.STREAM_CHUNKS, key("b"), key("c")));
        assertThat(floor("b7", "b")).isNull();
        assertThat(floor("b7", "a")).isEqualTo("a0");
    }

    // ---- absence

    @Test
    void a_key_that_is_there_is_never_surely_absent() throws IOException {
        commit(1, checkpoint -> {
            for (int i = 0; i < 2_000; i++) {
                checkpoint.put(Table.STREAM_PATHS, key("path" + i), value("" + i));
            }
        });
        for (int restart = 0; restart < 2; restart++) {
            for (int i = 0; i < 2_000; i++) {
                assertThat(store.surelyAbsent(Table.STREAM_PATHS, key("path" + i)))
                        .isFalse();
            }
            store = reopen(store);
        }
    }

    @Test
    void most_keys_that_are_not_there_are_surely_absent() throws IOException {
        commit(1, checkpoint -> {
            for (int i = 0; i < 2_000; i++) {
                checkpoint.put(Table.STREAM_PATHS, key("path" + i), value("" + i));
            }
            checkpoint.delete(Table.STREAM_PATHS, key("path7"));
        });
        assertThat(store.get(Table.STREAM_PATHS, key("nowhere"))).isNull();
        int told = 0;
        for (int i = 0; i < 2_000; i++) {
            told += store.surelyAbsent(Table.STREAM_PATHS, key("other" + i)) ? 1 : 0;
        }
        assertThat(told).as("of 2000").isGreaterThan(1_800);
    }

    @Test
    void what_is_in_memory_is_what_was_put_last() throws IOException {
        commit(1, checkpoint -> {
            for (int i = 0; i < 2_000; i++) {
                checkpoint.put(Table.ENTRY_LEAVES, key("path" + i), value("old"));
            }
        });
        commit(2, checkpoint -> {
            for (int i = 0; i < 2_000; i++) {
                checkpoint.put(Table.ENTRY_LEAVES, key("path" + i), value("" + i));
            }
            checkpoint.delete(Table.ENTRY_LEAVES, key("path7"));
            checkpoint.deleteRange(Table.ENTRY_LEAVES, key("path190"), key("path191"));
        });
        for (int restart = 0; restart < 2; restart++) {
            int told = 0;
            for (int i = 0; i < 2_000; i++) {
                byte[] there = store.get(Table.ENTRY_LEAVES, key("path" + i));
                byte[] inMemory = store.getIfInMemory(Table.ENTRY_LEAVES, key("path" + i));
                if (inMemory != null) {
                    assertThat(inMemory).isEqualTo(there);
                    told++;
                }
            }
            // Right after it was read.
            assertThat(told).as("of 2000").isGreaterThan(1_800);
            assertThat(store.getIfInMemory(Table.ENTRY_LEAVES, key("path7"))).isNull();
            assertThat(store.getIfInMemory(Table.ENTRY_LEAVES, key("nowhere"))).isNull();
            store = reopen(store);
        }
    }

    @Test
    void the_size_of_a_range_is_about_that_of_what_is_in_it() throws IOException {
        byte[] noise = new byte[1_000];
        Random random = new Random(1);
        commit(1, checkpoint -> {
            for (int i = 0; i < 1_000; i++) {
                random.nextBytes(noise);
                checkpoint.put(Table.ENTRY_LEAVES, key((i < 100 ? "a" : "b") + i), noise.clone());
            }
        });
        for (int restart = 0; restart < 2; restart++) {
            assertThat(store.approximateBytes(Table.ENTRY_LEAVES, key("a"), key("b")))
                    .isBetween(50_000L, 200_000L);
            assertThat(store.approximateBytes(Table.ENTRY_LEAVES, key("b"), key("c")))
                    .isBetween(500_000L, 1_500_000L);
            assertThat(store.approximateBytes(Table.ENTRY_LEAVES, key("c"), key("d")))
                    .isLessThan(20_000);
            assertThat(store.approximateBytes(Table.ENTRY_EVENTS, key("a"), key("z")))
                    .isLessThan(20_000);
            store = reopen(store);
        }
    }

    // ---- checkpoints

    @Test
    void a_commit_has_a_name_and_a_position_that_survive() throws IOException {
        String first = commit(17, checkpoint -> {});
        assertThat(store.replayFrom()).isEqualTo(17);
        assertThat(store.checkpointName()).isEqualTo(first);
        String second = commit(18, checkpoint -> checkpoint.put(Table.META, key("a"), value("1")));
        assertThat(second).isNotEqualTo(first);
        assertThat(store.replayFrom()).isEqualTo(18);
        assertThat(store.checkpointName()).isEqualTo(second);
        store = reopen(store);
        assertThat(store.replayFrom()).isEqualTo(18);
        assertThat(store.checkpointName()).isEqualTo(second);
        store = crash(store);
        assertThat(store.replayFrom()).isEqualTo(18);
        assertThat(store.checkpointName()).isEqualTo(second);
    }

    @Test
    void names_are_not_used_twice() throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            names.add(commit(i, checkpoint -> {}));
            if (i % 2 == 0) {
                abandon(checkpoint -> checkpoint.put(Table.META, key("a"), value("1")));
            }
            store = i % 3 == 0 ? crash(store) : reopen(store);
        }
        assertThat(names).doesNotHaveDuplicates();
    }

    @Test
    void what_was_not_committed_is_gone_after_a_crash() throws IOException {
        commit(1, checkpoint -> {
            checkpoint.put(Table.STREAM_HEADS, key("a"), value("1"));
            checkpoint.put(Table.STREAM_HEADS, key("b"), value("1"));
            checkpoint.put(Table.STREAM_CHUNKS, key("c"), value("1"));
        });
        try (Checkpoint checkpoint = store.beginCheckpoint()) {
            checkpoint.put(Table.STREAM_HEADS, key("a"), value("2"));
            checkpoint.delete(Table.STREAM_HEADS, key("b"));
            checkpoint.deleteRange(Table.STREAM_CHUNKS, LOWEST, key("z"));
            checkpoint.put(Table.STREAM_CHUNKS, key("d"), new byte[6 << 20]);
        }
        store = crash(store);
        assertThat(all(Table.STREAM_HEADS)).containsExactly("a=1", "b=1");
        assertThat(all(Table.STREAM_CHUNKS)).containsExactly("c=1");
        assertThat(store.replayFrom()).isEqualTo(1);
    }

    @Test
    void what_was_not_committed_is_gone_after_a_restart() throws IOException {
        commit(1, checkpoint -> checkpoint.put(Table.META, key("a"), value("1")));
        abandon(checkpoint -> checkpoint.put(Table.META, key("a"), value("2")));
        store = reopen(store);
        assertThat(all(Table.META)).containsExactly("a=1");
    }

    @Test
    void an_abandoned_checkpoint_may_be_written_again() throws IOException {
        commit(1, checkpoint -> checkpoint.put(Table.META, key("a"), value("1")));
        Changes changes = checkpoint -> {
            checkpoint.put(Table.META, key("a"), value("2"));
            checkpoint.delete(Table.META, key("b"));
            checkpoint.put(Table.META, key("c"), value("2"));
        };
        abandon(changes);
        commit(2, changes);
        assertThat(all(Table.META)).containsExactly("a=2", "c=2");
        store = crash(store);
        assertThat(all(Table.META)).containsExactly("a=2", "c=2");
        assertThat(store.replayFrom()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Table.class)
    void what_is_set_as_new_is_there_also_after_its_checkpoint_was_abandoned(Table table) throws IOException {
        Changes changes = checkpoint -> {
            checkpoint.putNew(table, key("a"), value("1"));
            checkpoint.putNew(table, key("b"), new byte[100_000]);
        };
        abandon(changes);
        commit(1, changes);
        assertThat(store.get(table, key("a"))).isEqualTo(value("1"));
        store = crash(store);
        assertThat(store.get(table, key("a"))).isEqualTo(value("1"));
        assertThat(store.get(table, key("b"))).isEqualTo(new byte[100_000]);
    }

    @Test
    void there_is_one_checkpoint_at_a_time() throws IOException {
        try (Checkpoint open = store.beginCheckpoint()) {
            assertThatThrownBy(store::beginCheckpoint).isInstanceOf(IllegalStateException.class);
            open.commit(1);
            assertThatThrownBy(store::beginCheckpoint).isInstanceOf(IllegalStateException.class);
        }
        store.beginCheckpoint().close();
        commit(2, checkpoint -> {});
    }

    @Test
    void a_checkpoint_that_ended_takes_no_more_changes() throws IOException {
        Checkpoint checkpoint = store.beginCheckpoint();
        checkpoint.commit(1);
        assertThatThrownBy(() -> checkpoint.put(Table.META, key("a"), value("1")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> checkpoint.commit(2)).isInstanceOf(IllegalStateException.class);
        checkpoint.close();
        checkpoint.close();
        assertThatThrownBy(() -> checkpoint.delete(Table.META, key("a"))).isInstanceOf(IllegalStateException.class);
        Checkpoint abandoned = store.beginCheckpoint();
        abandoned.close();
        assertThatThrownBy(() -> abandoned.commit(2)).isInstanceOf(IllegalStateException.class);
        assertThat(all(Table.META)).isEmpty();
        assertThat(store.replayFrom()).isEqualTo(1);
    }

    @Test
    void closing_an_ended_checkpoint_again_does_not_end_the_next() throws IOException {
        Checkpoint first = store.beginCheckpoint();
        first.close();
        try (Checkpoint second = store.beginCheckpoint()) {
            first.close();
            assertThatThrownBy(store::beginCheckpoint).isInstanceOf(IllegalStateException.class);
            second.put(Table.META, key("a"), value("1"));
            second.commit(1);
        }
        assertThat(all(Table.META)).containsExactly("a=1");
    }

    // ---- closing

    @Test
    void a_closed_store_refuses_everything() throws IOException {
        commit(1, checkpoint -> {
            checkpoint.put(Table.META, key("a"), value("1"));
            checkpoint.put(Table.META, key("b"), value("1"));
        });
        Checkpoint checkpoint = store.beginCheckpoint();
        store.close();
        store.close();
        assertThatThrownBy(() -> store.get(Table.META, key("a"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.scan(Table.META, LOWEST, null)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.scanFromFloor(Table.META, LOWEST, key("a"), null))
                .isInstanceOf(IOException.class);
        assertThat(store.surelyAbsent(Table.META, key("nothing"))).isFalse();
        assertThat(store.getIfInMemory(Table.META, key("a"))).isNull();
        assertThatThrownBy(() -> checkpoint.put(Table.META, key("a"), value("1")))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> checkpoint.commit(2)).isInstanceOf(IOException.class);
        checkpoint.close();
        assertThatThrownBy(store::beginCheckpoint).isInstanceOf(IllegalStateException.class);
        store = reopen(store);
        assertThat(all(Table.META)).containsExactly("a=1", "b=1");
    }

    /** Many threads read and scan while the store closes; each call ends with an answer or a refusal. */
    @Test
    void readers_are_refused_not_hurt_when_the_store_closes() throws Exception {
        commit(1, checkpoint -> {
            for (int i = 0; i < 1_000; i++) {
                checkpoint.put(Table.STREAM_PATHS, key("path" + i), value("" + i));
            }
        });
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                boolean scans = thread % 2 == 0;
                readers.add(threads.submit(() -> {
                    int answers = 0;
                    try {
                        while (true) {
                            answers += scans
                                    ? keys(Table.STREAM_PATHS, LOWEST, null).size()
                                    : present(store.get(Table.STREAM_PATHS, key("path500")));
                        }
                    } catch (IOException e) {
                        return answers;
                    }
                }));
            }
            Thread.sleep(50);
            store.close();
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isNotNegative();
            }
        }
    }

    // ---- many of everything

    @Test
    void a_checkpoint_may_hold_more_than_fits_into_one_batch() throws IOException {
        int count = 50_000;
        commit(1, checkpoint -> {
            for (int i = 0; i < count; i++) {
                checkpoint.put(Table.STREAM_HEADS, key("%08d".formatted(i)), new byte[200]);
            }
        });
        store = crash(store);
        int i = 0;
        try (Cursor cursor = store.scan(Table.STREAM_HEADS, LOWEST, null)) {
            while (cursor.next()) {
                assertThat(cursor.key()).isEqualTo(key("%08d".formatted(i++)));
            }
        }
        assertThat(i).isEqualTo(count);
    }

    @Test
    void the_size_follows_what_is_stored() throws IOException {
        commit(1, checkpoint -> {});
        long before = store.sizeBytes();
        byte[] noise = new byte[1 << 20];
        new Random(1).nextBytes(noise);
        commit(2, checkpoint -> checkpoint.put(Table.STREAM_CHUNKS, key("a"), noise));
        assertThat(store.sizeBytes()).isBetween(before + noise.length, before + 3L * noise.length);
    }

    /** Readers beside checkpoints: a value is one that some checkpoint wrote, and never older than one seen before. */
    @Test
    void readers_beside_checkpoints_see_whole_values_that_only_get_newer() throws Exception {
        int rounds = 30;
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> reader = () -> {
            int newest = 0;
            while (!done.get()) {
                byte[] value = store.get(Table.STREAM_CHUNKS, key("k"));
                if (value != null) {
                    for (byte each : value) {
                        assertThat(each).isEqualTo(value[0]);
                    }
                    assertThat((int) value[0]).isGreaterThanOrEqualTo(newest);
                    newest = value[0];
                }
            }
            return newest;
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> readers = List.of(threads.submit(reader), threads.submit(reader));
            try {
                for (int round = 1; round <= rounds; round++) {
                    byte[] value = new byte[8_192];
                    Arrays.fill(value, (byte) round);
                    commit(round, checkpoint -> checkpoint.put(Table.STREAM_CHUNKS, key("k"), value));
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> each : readers) {
                assertThat(each.get()).isBetween(0, rounds);
            }
        }
    }

    /** Random changes, commits, abandoned checkpoints, restarts and crashes beside sorted maps. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void it_behaves_like_sorted_maps(long seed) throws IOException {
        Random random = new Random(seed);
        Model model = new Model();
        Model committed = new Model();
        long position = 0;
        for (int round = 0; round < 40; round++) {
            String when = "seed " + seed + ", round " + round;
            boolean commit = random.nextInt(4) > 0;
            try (Checkpoint checkpoint = store.beginCheckpoint()) {
                int changes = random.nextInt(60);
                for (int i = 0; i < changes; i++) {
                    change(random, checkpoint, model);
                }
                if (commit) {
                    position += random.nextInt(100);
                    checkpoint.commit(position);
                }
            }
            if (commit) {
                committed = model.copy();
            }
            // Whether an abandoned checkpoint's changes are seen before the store is opened again is not promised.
            if (!commit || random.nextInt(3) == 0) {
                store = random.nextBoolean() ? crash(store) : reopen(store);
                model = committed.copy();
            }
            check(random, model, when);
            assertThat(store.replayFrom()).as(when).isEqualTo(position);
        }
    }

    private static void change(Random random, Checkpoint checkpoint, Model model) throws IOException {
        Table table = TABLES.get(random.nextInt(TABLES.size()));
        NavigableMap<byte[], byte[]> map = model.table(table);
        byte[] key = randomKey(random);
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                checkpoint.delete(table, key);
                map.remove(key);
            }
            case 2 -> {
                byte[] to = randomKey(random);
                checkpoint.deleteRange(table, key, to);
                if (Arrays.compareUnsigned(key, to) < 0) {
                    map.subMap(key, to).clear();
                }
            }
            default -> {
                byte[] value = new byte[random.nextInt(20) == 0 ? random.nextInt(20_000) : random.nextInt(50)];
                random.nextBytes(value);
                checkpoint.put(table, key, value);
                map.put(key, value);
            }
        }
    }

    private void check(Random random, Model model, String when) throws IOException {
        for (Table table : Table.values()) {
            NavigableMap<byte[], byte[]> map = model.table(table);
            byte[] from = randomKey(random);
            byte[] to = randomKey(random);
            assertEqual(scan(table, LOWEST, null), map, when);
            assertEqual(scan(table, from, null), map.tailMap(from, true), when);
            if (Arrays.compareUnsigned(from, to) <= 0) {
                assertEqual(scan(table, from, to), map.subMap(from, to), when);
            }
            assertThat(store.get(table, from)).as(when).isEqualTo(map.get(from));
            if (map.containsKey(from)) {
                assertThat(store.surelyAbsent(table, from)).as(when).isFalse();
            }
            Entry floor = floor(table, from, to);
            Map.Entry<byte[], byte[]> expected = map.floorEntry(from);
            if (expected == null || Arrays.compareUnsigned(expected.getKey(), to) < 0) {
                assertThat(floor).as(when).isNull();
            } else {
                assertThat(floor).as(when).isNotNull();
                assertThat(floor.key()).as(when).isEqualTo(expected.getKey());
                assertThat(floor.value()).as(when).isEqualTo(expected.getValue());
            }
        }
    }

    private static byte[] randomKey(Random random) {
        byte[] key = new byte[random.nextInt(1, 3)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(12) * 22);
        }
        return key;
    }

    private static void assertEqual(List<Entry> found, Map<byte[], byte[]> expected, String when) {
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        for (Entry entry : found) {
            keys.add(entry.key());
            values.add(entry.value());
        }
        assertThat(keys)
                .as(when)
                .usingElementComparator(Arrays::compareUnsigned)
                .isEqualTo(List.copyOf(expected.keySet()));
        assertThat(values)
                .as(when)
                .usingElementComparator(Arrays::compareUnsigned)
                .isEqualTo(List.copyOf(expected.values()));
    }

    /** What the store should hold. */
    private static final class Model {

        private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);

        NavigableMap<byte[], byte[]> table(Table table) {
            return tables.computeIfAbsent(table, each -> new TreeMap<>(Arrays::compareUnsigned));
        }

        Model copy() {
            Model copy = new Model();
            tables.forEach((table, map) -> copy.table(table).putAll(map));
            return copy;
        }
    }

    // ---- means

    private interface Changes {
        void write(Checkpoint checkpoint) throws IOException;
    }

    private String commit(long replayFrom, Changes changes) throws IOException {
        try (Checkpoint checkpoint = store.beginCheckpoint()) {
            changes.write(checkpoint);
            return checkpoint.commit(replayFrom);
        }
    }

    private void abandon(Changes changes) throws IOException {
        try (Checkpoint checkpoint = store.beginCheckpoint()) {
            changes.write(checkpoint);
        }
    }

    private List<Entry> scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        List<Entry> found = new ArrayList<>();
        try (Cursor cursor = store.scan(table, from, to)) {
            while (cursor.next()) {
                found.add(new Entry(cursor.key(), cursor.value()));
            }
        }
        return found;
    }

    private List<String> keys(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        return scan(table, from, to).stream()
                .map(entry -> new String(entry.key(), UTF_8))
                .toList();
    }

    private List<String> all(Table table) throws IOException {
        try (Cursor cursor = store.scan(table, LOWEST, null)) {
            return rest(cursor);
        }
    }

    private static List<String> rest(Cursor cursor) throws IOException {
        List<String> found = new ArrayList<>();
        while (cursor.next()) {
            found.add(new String(cursor.key(), UTF_8) + "=" + new String(cursor.value(), UTF_8));
        }
        return found;
    }

    private @Nullable String floor(String key, String from) throws IOException {
        Entry entry = floor(Table.STREAM_CHUNKS, key(key), key(from));
        if (entry == null) {
            return null;
        }
        assertThat(entry.value()).isEqualTo(entry.key());
        return new String(entry.key(), UTF_8);
    }

    /** The greatest key at or below one, and its value; everything from there on follows it. */
    private @Nullable Entry floor(Table table, byte[] key, byte[] lowest) throws IOException {
        if (Arrays.compareUnsigned(lowest, key) > 0) {
            return null;
        }
        List<Entry> found = new ArrayList<>();
        try (Cursor cursor = store.scanFromFloor(table, lowest, key, null)) {
            while (cursor.next()) {
                ByteBuffer inMemory = cursor.value(ByteBuffer::allocateDirect);
                byte[] bytes = new byte[inMemory.remaining()];
                inMemory.get(bytes);
                assertThat(bytes).isEqualTo(cursor.value());
                found.add(new Entry(cursor.key(), bytes));
            }
        }
        boolean floorFound =
                !found.isEmpty() && Arrays.compareUnsigned(found.getFirst().key(), key) <= 0;
        List<Entry> expected = scan(table, floorFound ? found.getFirst().key() : key, null);
        assertThat(found)
                .usingElementComparator((a, b) -> Arrays.compareUnsigned(a.key(), b.key()))
                .isEqualTo(expected);
        return floorFound ? found.getFirst() : null;
    }

    private static int present(byte @Nullable [] value) {
        return value == null ? 0 : 1;
    }

    private static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] value(String text) {
        return text.getBytes(UTF_8);
    }
}
