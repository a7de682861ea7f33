package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryType;
import dev.varve.api.ErrorKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stood where earlier. */
interface EntryHistoryRules {

    private static Optional<Entry> at(String path, long seq, EntryProbe entries) {
        return await(entries.storage().getAt(STORE, path(path), seq));
    }

    private static List<String> pathsAt(long seq, EntryProbe entries) {
        EntryPage page = await(entries.storage().listAt(EntryQuery.matching(STORE, pattern("**")), seq));
        assertThat(page.storeSeq()).isEqualTo(seq);
        return page.entries().stream().map(entry -> entry.path().toString()).toList();
    }

    @Test
    default void what_stood_after_each_change_can_be_read(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)));
        entries.written(set("a/b", 3), delete("a"), set("a-", 4), set("a/b", 5));

        assertThat(pathsAt(0, entries)).isEmpty();
        assertThat(pathsAt(1, entries)).containsExactly("a/b", "a/c");
        assertThat(pathsAt(3, entries)).isEmpty();
        assertThat(pathsAt(4, entries)).containsExactly("a-");
        assertThat(pathsAt(5, entries)).containsExactly("a-", "a/b");
        assertThat(at("a", 2, entries).map(Entry::value)).contains(value(Map.of("b", 3, "c", 2)));
        assertThat(at("a/c", 5, entries)).isEmpty();
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().getAt(STORE, path("a"), 6));
    }

    @Test
    default void what_was_taken_away_does_not_come_back_when_history_is_let_go_of(EntryProbe entries) {
        entries.written(set("a/b", 1), set("a/c/d", 2), set("a-/x", 3), set("keep", 4));
        entries.reopen();
        entries.written(delete("a"));
        entries.reopen();

        assertThat(await(entries.storage().compact(STORE, 5))).isEqualTo(5);

        for (int life = 0; life < 2; life++) {
            entries.reopen();
            assertThat(pathsAt(5, entries)).containsExactly("a-/x", "keep");
            assertThat(at("a", 5, entries)).isEmpty();
            assertThat(at("a/c/d", 5, entries)).isEmpty();
            fails(ErrorKind.COMPACTED, () -> entries.storage().getAt(STORE, path("a/b"), 4));
            fails(ErrorKind.COMPACTED, () -> entries.storage().events(STORE, 4, 10));
        }
        entries.written(set("a/c/d", 6));
        assertThat(pathsAt(6, entries)).containsExactly("a-/x", "a/c/d", "keep");
        assertThat(pathsAt(5, entries)).containsExactly("a-/x", "keep");
    }

    @Test
    default void history_goes_no_further_than_there_are_changes(EntryProbe entries) {
        entries.written(set("a", 1), set("a", 2));

        assertThat(await(entries.storage().compact(STORE, 100))).isEqualTo(2);
        assertThat(await(entries.storage().compact(STORE, 1))).isEqualTo(2);

        assertThat(entries.events(2)).isEmpty();
        assertThat(at("a", 2, entries).map(Entry::value)).contains(value(2));
        entries.holds("a", 2);
    }

    @Test
    default void a_rollback_says_in_its_events_what_went_back_where_to(EntryProbe entries) {
        entries.written(set("a/b", 1));
        entries.written(set("a/b", 2));

        await(entries.storage().rollback(STORE, path("a/b"), 1, "undo"));
        await(entries.storage().rollback(STORE, null, 2, "undo"));

        assertThat(entries.events(2))
                .extracting(event -> event.deviceId() + " " + event.clientOpId())
                .containsExactly("undo rollback:1:a/b", "undo rollback:2:a/b");
    }

    @Test
    default void a_path_gets_its_counters_and_sets_back_as_such(EntryProbe entries) {
        entries.written(
                set("p", Map.of("plain", 1)), increment("p/count", 2), add("p/set", "x"), increment("p/count/c", 3));
        long good = entries.storeSeq();
        entries.written(set("p", Map.of("plain", 2, "count", 2)));

        await(entries.storage().rollback(STORE, path("p"), good, "undo"));

        assertThat(entries.get("p/plain").type()).isEqualTo(EntryType.INTEGER);
        assertThat(entries.get("p/count").type()).isEqualTo(EntryType.COUNTER);
        assertThat(entries.get("p/count/c").type()).isEqualTo(EntryType.COUNTER);
        assertThat(entries.get("p/set").type()).isEqualTo(EntryType.SET);
        entries.written(set("p/count/c", 3));
        await(entries.storage().rollback(STORE, path("p/count/c"), good, "undo"));
        assertThat(entries.get("p/count/c").type()).isEqualTo(EntryType.COUNTER);
        long after = entries.storeSeq();
        assertThat(await(entries.storage().rollback(STORE, path("p"), good, "undo"))
                        .storeSeq())
                .isEqualTo(after);
    }

    @Test
    default void a_list_that_lost_a_member_goes_back_though_it_holds_one_twice(EntryProbe entries) {
        entries.written(set("p/list", List.of(1, 1, 2)), remove("p/list", 2));
        entries.written(delete("p"));

        await(entries.storage().rollback(STORE, path("p"), 2, "undo"));
        assertThat(entries.get("p/list").value()).isEqualTo(value(List.of(1, 1)));
        entries.written(delete("p"));
        await(entries.storage().rollback(STORE, null, 2, "undo"));

        assertThat(entries.get("p/list").value()).isEqualTo(value(List.of(1, 1)));
    }
}
