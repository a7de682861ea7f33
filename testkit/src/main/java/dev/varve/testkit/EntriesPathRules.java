package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.value;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Segments of paths may be any text. */
interface EntriesPathRules {

    List<String> SEGMENTS = List.of(
            "a/b",
            "a~b",
            "~0",
            "~1",
            "/",
            "//",
            "a b",
            " ",
            "a+b",
            "100%",
            "%2F",
            "%",
            "a?b=c&d",
            "#",
            "a:b;c,d",
            "*",
            "**",
            "a*",
            ".",
            "..",
            "...",
            "batch",
            "batch_write",
            "\"",
            "\\",
            "'",
            "<>",
            "{x}",
            "[0]",
            "|^`",
            "grüße",
            "日本語",
            "👋",
            "\u0001",
            "\uFFFF");

    @Test
    default void an_entry_is_written_and_read_at_any_path(EntriesProbe store) {
        for (String segment : SEGMENTS) {
            EntryPath path = EntryPath.of("p", segment, "q");
            store.entries().set(path, value(segment));
            assertThat(store.entries().get(path)).as(segment).map(Entry::value).contains(value(segment));
            assertThat(store.entries().get(EntryPath.of("p", segment)))
                    .as(segment)
                    .map(Entry::value)
                    .contains(value(Map.of("q", segment)));
            assertThat(store.entries().getAll(List.of(path))).as(segment).containsOnlyKeys(path);
        }
        assertThat(store.paths("p/*/q")).hasSize(SEGMENTS.size());
    }

    @Test
    default void an_entry_stands_at_the_top_under_any_name(EntriesProbe store) {
        for (String segment : SEGMENTS) {
            EntryPath path = EntryPath.of(segment);
            store.entries().set(path, value(1));
            assertThat(store.entries().get(path)).as(segment).map(Entry::path).contains(path);
            store.entries().delete(path);
            assertThat(store.entries().get(path)).as(segment).isEmpty();
        }
    }

    @Test
    default void listings_go_on_after_any_path(EntriesProbe store) {
        for (String segment : SEGMENTS) {
            store.entries().set(EntryPath.of("p", segment), value(1));
        }
        List<EntryPath> expected = SEGMENTS.stream()
                .map(segment -> EntryPath.of("p", segment))
                .sorted()
                .toList();
        ArrayList<EntryPath> found = new ArrayList<>();
        EntryPath after = null;
        do {
            var page = store.entries().page(EntryPattern.parse("p/*"), after, 1);
            page.entries().forEach(entry -> found.add(entry.path()));
            after = page.next();
        } while (after != null);
        assertThat(found).isEqualTo(expected);
        for (EntryPath path : expected) {
            assertThat(store.entries().list(EntryPattern.exactly(path)))
                    .extracting(Entry::path)
                    .containsExactly(path);
            assertThat(store.entries().range(path, EntryPath.parse(path + "!")))
                    .extracting(Entry::path)
                    .contains(path);
        }
    }

    @Test
    default void leases_and_files_stand_at_any_path(EntriesProbe store) throws Exception {
        for (String segment : SEGMENTS) {
            EntryPath lease = EntryPath.of("l", segment);
            store.applied(EntryOp.lease(EntryOp.Kind.LEASE, lease, new EntryOp.LeaseTerms(3_600_000, segment, null)));
            EntryPath file = EntryPath.of("f", segment);
            store.entries().putFile(file, segment.getBytes(UTF_8), null, segment);
            try (var content = store.entries().openFile(file).orElseThrow()) {
                assertThat(content.readAllBytes()).isEqualTo(segment.getBytes(UTF_8));
            }
        }
        assertThat(store.paths("l/*")).hasSize(SEGMENTS.size());
    }

    @Test
    default void a_history_is_kept_of_any_path(EntriesProbe store) {
        for (String segment : SEGMENTS) {
            EntryPath path = EntryPath.of("h", segment);
            long then = store.entries().set(path, value(segment));
            store.entries().set(path, value("later"));
            assertThat(store.entries().getAt(path, then)).map(Entry::value).contains(value(segment));
            assertThat(store.entries().rollback(path, then).ops()).as(segment).isEqualTo(1);
            assertThat(store.entries().get(path)).map(Entry::value).contains(value(segment));
        }
    }
}
