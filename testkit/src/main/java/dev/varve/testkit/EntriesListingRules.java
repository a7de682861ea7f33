package dev.varve.testkit;

import static dev.varve.testkit.EntriesProbe.typed;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Going through entries. */
interface EntriesListingRules {

    @Test
    default void patterns_choose_paths(EntriesProbe store) {
        store.set("a", Map.of("b", 1, "c", Map.of("d", 2)));
        store.set("e", 3);
        assertThat(store.paths("**")).containsExactly("a/b", "a/c/d", "e");
        assertThat(store.paths("a/*")).containsExactly("a/b");
        assertThat(store.paths("a/**")).containsExactly("a/b", "a/c/d");
        assertThat(store.paths("*/c/d")).containsExactly("a/c/d");
        assertThat(store.paths("x/**")).isEmpty();
    }

    @Test
    default void a_range_has_its_first_path_and_not_its_last(EntriesProbe store) {
        for (String name : List.of("a", "b", "b/c", "c", "d")) {
            store.set(name, 1);
        }
        assertThat(EntriesProbe.paths(store.entries().range(path("b"), path("d"))))
                .containsExactly("b", "b/c", "c");
        assertThat(EntriesProbe.paths(store.entries().range(path("d"), path("b"))))
                .isEmpty();
    }

    @Test
    default void a_page_says_where_to_go_on_and_of_which_moment_it_is(EntriesProbe store) {
        store.set("a", 1);
        store.set("b", typed("decimal", "2.0"));
        store.set("c", 3);
        EntryPage first = store.entries().page(EntryPattern.ALL, null, 2);
        assertThat(first.entries())
                .containsExactly(store.get("a"), new Entry(path("b"), typed("decimal", "2.0"), EntryType.DECIMAL, 2));
        assertThat(first.next()).isEqualTo(path("b"));
        assertThat(first.storeSeq()).isEqualTo(3);

        store.set("bb", 4);
        EntryPage second = store.entries().page(EntryPattern.ALL, first.next(), 2);
        assertThat(second.entries()).extracting(Entry::path).containsExactly(path("bb"), path("c"));
        assertThat(second.next()).isNull();
        assertThat(second.storeSeq()).isEqualTo(4);
    }

    @Test
    default void a_page_has_a_bound(EntriesProbe store) {
        assertThatThrownBy(() -> store.entries().page(EntryPattern.ALL, null, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.entries().page(EntryPattern.ALL, null, 1_001))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void a_listing_is_read_as_it_is_asked_for(EntriesProbe store) {
        EntryOp[] ops = new EntryOp[1_000];
        for (int i = 0; i < ops.length; i++) {
            ops[i] = set("k/" + (1_000 + i), i);
        }
        store.entries().write(ops);
        var entries = store.entries().list(pattern("k/*")).iterator();
        assertThat(entries.next().path()).isEqualTo(path("k/1000"));
        store.set("k/9999", 1);
        int count = 1;
        Entry last = null;
        while (entries.hasNext()) {
            last = entries.next();
            count++;
        }
        assertThat(count).isEqualTo(1_001);
        assertThat(last).isNotNull().extracting(Entry::path).isEqualTo(path("k/9999"));
    }
}
