package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.putFile;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How many entries a store says that it holds, and how large their files are. */
interface EntryCountRules {

    private static void holds(EntryProbe entries, String store, long count, long fileBytes) {
        StoreInfo info = entries.storage().store(store).orElseThrow();
        assertThat(info.entryCount()).as("entries of " + store).isEqualTo(count);
        assertThat(info.fileBytes()).as("bytes of files of " + store).isEqualTo(fileBytes);
    }

    private static void count(EntryProbe entries, long count) {
        holds(entries, STORE, count, 0);
    }

    @Test
    default void an_entry_counts_once_however_often_it_is_set(EntryProbe entries) {
        entries.written(set("a", 1));
        count(entries, 1);
        entries.written(set("a", 2));
        entries.written(set("a", null));
        count(entries, 1);
        entries.written(set("b", List.of(1, 2, 3)));
        count(entries, 2);
    }

    @Test
    default void an_object_counts_as_the_entries_that_it_is_taken_apart_into(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", Map.of("d", 2, "e", 3))));
        count(entries, 3);
        entries.written(set("a", Map.of("b", 1)));
        count(entries, 1);
        entries.written(set("a", Map.of()));
        count(entries, 0);
    }

    @Test
    default void what_a_write_replaces_does_not_count_any_more(EntryProbe entries) {
        entries.written(set("a/b/c", 1), set("a/b/d", 2), set("a-b", 3), set("a", 4));
        count(entries, 2);
        entries.written(set("a/x", 1), set("a/y/z", 2));
        count(entries, 4);
        entries.written(delete("a/y"));
        count(entries, 3);
        entries.written(delete("a"));
        count(entries, 1);
        entries.written(delete("nothing"));
        count(entries, 1);
    }

    @Test
    default void the_fields_that_a_merge_adds_count(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", Map.of("d", 2, "e", 3))));
        entries.written(merge("a", Map.of("b", 5, "n", 6)));
        count(entries, 4);
        entries.written(merge("a", Map.of("c", Map.of("f", 1))));
        count(entries, 3);
        entries.written(merge("a", Map.of("c", 7)));
        count(entries, 4);
        entries.written(merge("a", Map.of("c", Map.of())));
        count(entries, 2);
    }

    @Test
    default void counters_sets_and_leases_count_as_other_entries(EntryProbe entries) {
        entries.written(increment("n", 1));
        entries.written(increment("n", 1));
        entries.written(add("s", "x"));
        entries.written(remove("s", "x"));
        entries.written(remove("t", "x"));
        count(entries, 3);
        long token = entries.wrote(acquire("l", "me", 1_000_000));
        count(entries, 4);
        entries.written(set("l/below", 1));
        entries.written(release("l", token));
        count(entries, 4);
    }

    @Test
    default void each_change_of_a_batch_counts_on_those_before_it(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)), set("a/d/e", 3));
        count(entries, 3);
        entries.written(
                delete("a/b"),
                set("a/d", Map.of("e", 1, "f", 2)),
                increment("a/d/e", 1),
                increment("a/d/g", 1),
                check("a"),
                delete("a/d/f"),
                merge("a", Map.of("c", 3, "h", Map.of("i", 1))));
        assertThat(entries.paths("**")).containsExactly("a/c", "a/d/e", "a/d/g", "a/h/i");
        count(entries, 4);
        entries.written(delete("a"), set("a/b", Map.of("x", 1, "y", 2)), delete("a/b/x"), set("a", 9), delete("a/b"));
        count(entries, 1);
    }

    @Test
    default void a_refused_write_does_not_count(EntryProbe entries) {
        entries.written(set("a", 1));
        entries.refused(Reason.EXISTS, set("b", 1), set("a", 2).onlyIfAbsent());
        count(entries, 1);
    }

    @Test
    default void a_write_that_is_recognised_counts_once(EntryProbe entries) {
        entries.writtenOnce("device", "name", set("a", Map.of("b", 1, "c", 2)));
        entries.written(delete("a/b"));
        entries.writtenOnce("device", "name", set("a", Map.of("b", 1, "c", 2)));
        count(entries, 1);
    }

    @Test
    default void files_count_with_their_size_as_often_as_entries_refer_to_them(EntryProbe entries) {
        FileReference five = entries.store("12345");
        FileReference three = entries.store("abc");
        entries.written(putFile("a", five));
        holds(entries, STORE, 1, 5);
        entries.written(putFile("b/c", five), putFile("b/d", three));
        holds(entries, STORE, 3, 13);
        entries.written(set("b/c", 1));
        holds(entries, STORE, 3, 8);
        Map<String, EntryValue> object = new LinkedHashMap<>();
        object.put("x", five.toValue());
        object.put("y", EntryValue.of(1));
        entries.written(set("o", new EntryValue.Fields(object)));
        holds(entries, STORE, 5, 13);
        entries.reopen();
        holds(entries, STORE, 5, 13);
        entries.written(delete("b"));
        holds(entries, STORE, 3, 10);
        entries.written(putFile("a", three));
        holds(entries, STORE, 3, 8);
        entries.written(set("o", 1), set("a", 1));
        holds(entries, STORE, 2, 0);
    }

    @Test
    default void a_file_that_claims_to_be_huge_does_not_spoil_the_sum(EntryProbe entries) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_type", EntryValue.of("file"));
        fields.put("hash", EntryValue.of(ModelFiles.hash("x".getBytes(UTF_8))));
        fields.put("size", EntryValue.of(Long.MAX_VALUE));
        EntryValue huge = new EntryValue.Fields(fields);

        entries.written(set("a", huge), set("b", huge), set("c", huge));

        holds(entries, STORE, 3, 3 * FileReference.MAX_COUNTED_BYTES);
        entries.written(delete("b"));
        holds(entries, STORE, 2, 2 * FileReference.MAX_COUNTED_BYTES);
    }

    @Test
    default void what_stood_there_before_the_storage_came_back_is_counted_when_it_is_replaced(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", Map.of("d", 2, "e", 3))), set("f", 1), set("f/g", 2));
        entries.reopen();
        count(entries, 5);
        entries.written(set("f", 2));
        count(entries, 4);
        entries.reopen();
        entries.written(delete("a/c"));
        count(entries, 2);
        entries.reopen();
        entries.written(delete("a/b"), set("a/b", 1), set("n", 1), delete("f"));
        count(entries, 2);
        entries.reopen();
        count(entries, 2);
        entries.written(delete("a"), delete("n"));
        count(entries, 0);
    }

    /** More than is counted in one go, in memory or on disk. */
    @Test
    default void a_large_subtree_is_counted_when_it_goes(EntryProbe entries) {
        Map<String, Integer> thousand = new LinkedHashMap<>();
        for (int i = 0; i < 1_000; i++) {
            thousand.put("n" + i, i);
        }
        for (int i = 10; i < 35; i++) {
            entries.written(set("big/" + i, thousand));
        }
        entries.written(set("other", 1));
        count(entries, 25_001);
        entries.written(delete("big/13"));
        count(entries, 24_001);
        entries.reopen();
        entries.written(set("big/new", 1), delete("big/14/n4"));
        count(entries, 24_001);
        entries.written(
                delete("big/15"), set("big/16", 1), set("big/17/n7/x", 1), delete("big/17/n7"), increment("big/18", 1));
        count(entries, 22_002);
        entries.written(delete("big/19"), delete("big"));
        count(entries, 1);
    }

    @Test
    default void a_copy_holds_what_its_source_held_and_counts_for_itself(EntryProbe entries) {
        FileReference five = entries.store("12345");
        entries.written(set("a", Map.of("b", 1, "c", 2)), putFile("f", five));
        StoreInfo copy = await(entries.storage().cloneStore(STORE, "acme/copy"));

        assertThat(copy.entryCount()).isEqualTo(3);
        assertThat(copy.fileBytes()).isEqualTo(5);
        entries.written(delete("a"));
        holds(entries, STORE, 1, 5);
        holds(entries, "acme/copy", 3, 5);
        entries.reopen();
        holds(entries, STORE, 1, 5);
        holds(entries, "acme/copy", 3, 5);
    }

    @Test
    default void a_rollback_counts_as_the_writes_that_it_makes(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)));
        entries.written(delete("a"));
        entries.written(set("d", 1), set("e", 1), set("a/b", 7));
        count(entries, 3);
        await(entries.storage().rollback(STORE, null, 1, "undo"));
        count(entries, 2);
    }

    @Test
    default void letting_go_of_history_changes_no_count_and_is_told_with_its_time(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2), delete("a"));
        assertThat(entries.storage().store(STORE).orElseThrow().compactedAt()).isNull();

        await(entries.storage().compact(STORE, 2));

        count(entries, 1);
        StoreInfo compacted = entries.storage().store(STORE).orElseThrow();
        assertThat(compacted.compactedSeq()).isEqualTo(2);
        assertThat(compacted.compactedAt()).isNotNull();
        assertThat(compacted.compactedAt()).isAfterOrEqualTo(compacted.createdAt());
        entries.reopen();
        assertThat(entries.storage().store(STORE)).contains(compacted);
        count(entries, 1);
    }
}
