package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.ErrorKind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reading single paths. */
interface EntryReadRules {

    @Test
    default void nothing_is_found_where_nothing_is(EntryProbe entries) {
        entries.written(set("a/b", 1));

        for (String path : List.of("b", "a/b/c", "a/c", "a0", "a/", "a-").stream()
                .filter(path -> !path.endsWith("/"))
                .toList()) {
            assertThat(entries.find(path)).as(path).isEmpty();
        }
    }

    @Test
    default void the_exact_entry_wins_over_those_below(EntryProbe entries) {
        entries.written(set("a", 1), set("a/b", 2));

        entries.holds("a", 1);
        assertThat(entries.get("a").type()).isEqualTo(EntryType.INTEGER);
    }

    @Test
    default void entries_below_are_read_as_one_object(EntryProbe entries) {
        entries.written(set("u/alice/email", "a"), set("u/alice/n~1a", 1), set("u/bob", null), set("u-x", 9));

        entries.holds("u", Map.of("alice", Map.of("email", "a", "n/a", 1), "bob", EntryProbe.value(null)));
        assertThat(entries.get("u").type()).isEqualTo(EntryType.MAP);
        assertThat(entries.get("u").path()).isEqualTo(path("u"));
        assertThat(entries.revision("u")).isEqualTo(3);
    }

    @Test
    default void many_are_read_in_the_order_of_the_paths_each_once(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2), set("c/d", 3));
        List<EntryPath> paths = List.of(path("c/d"), path("x"), path("a"), path("c"), path("a"));

        List<Entry> found = await(entries.storage().getMany(STORE, paths));

        assertThat(found.stream().map(Entry::path)).containsExactly(path("c/d"), path("a"));
        assertThat(found.get(0).revision()).isEqualTo(3);
        assertThat(await(entries.storage().getMany(STORE, List.of()))).isEmpty();
    }

    @Test
    default void only_so_many_are_read_at_once(EntryProbe entries) {
        entries.written(set("a", 1));

        assertThat(await(entries.storage().getMany(STORE, Collections.nCopies(1_000, path("a")))))
                .hasSize(1);
        fails(ErrorKind.INVALID_PARAMS, () -> entries.storage().getMany(STORE, Collections.nCopies(1_001, path("a"))));
    }

    @Test
    default void stars_and_backslashes_in_paths_are_characters(EntryProbe entries) {
        for (String path : List.of("*", "**", "\\*", "a/*", "a/**", "%", "_", "\\", "a%/b_")) {
            entries.written(set(path, path));
        }
        for (String path : List.of("*", "**", "\\*", "a/*", "a/**", "%", "_", "\\", "a%/b_")) {
            entries.holds(path, path);
        }
        assertThat(entries.exists("a/x")).isFalse();
        assertThat(entries.exists("ab")).isFalse();
    }
}
