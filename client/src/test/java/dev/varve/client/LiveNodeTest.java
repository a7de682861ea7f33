package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Entries of a copy are where they belong, and in the order of their paths. */
final class LiveNodeTest {

    private static final List<String> SEGMENTS = List.of(
            "a",
            "a-",
            "a-b",
            "a.b",
            "a/b",
            "a~b",
            "ab",
            "b",
            " ",
            "!",
            "*",
            "\\*",
            "\u00e4",
            "\ufffd",
            "\ud83d\ude00",
            "z");
    private static final List<EntryPattern> PATTERNS = List.of(
            EntryPattern.ALL,
            EntryPattern.parse("*"),
            EntryPattern.parse("*/*"),
            EntryPattern.parse("a/**"),
            EntryPattern.parse("a~1b/*"),
            EntryPattern.parse("*/a/**"),
            EntryPattern.parse("*/*/a-"),
            EntryPattern.parse("a/a-/ab"));

    private final long seed = Long.getLong("varve.test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private EntryPath path() {
        List<String> segments = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            segments.add(SEGMENTS.get(random.nextInt(SEGMENTS.size())));
        }
        return EntryPath.of(segments);
    }

    @Test
    void entries_are_where_they_belong_and_in_order() {
        NavigableMap<EntryPath, Entry> model = new TreeMap<>();
        LiveNode node = LiveNode.EMPTY;
        for (int step = 0; step < 3_000; step++) {
            EntryPath path = path();
            if (random.nextInt(3) > 0) {
                Entry entry = new Entry(path, EntryValue.of(step), EntryType.INTEGER, step);
                model.put(path, entry);
                node = node.with(entry);
            } else if (random.nextBoolean()) {
                model.remove(path);
                node = node.withoutLeaf(path);
            } else {
                model.keySet().removeIf(at -> at.equals(path) || path.isAncestorOf(at));
                node = node.without(path);
            }
            assertThat(node.size()).isEqualTo(model.size());
            if (step % 20 == 0) {
                compare(model, new LiveRoot(node, step));
            }
        }
    }

    private void compare(NavigableMap<EntryPath, Entry> model, LiveRoot root) {
        for (EntryPattern pattern : PATTERNS) {
            List<Entry> expected = model.values().stream()
                    .filter(entry -> pattern.matches(entry.path()))
                    .toList();
            assertThat(root.list(pattern)).as("%s, seed %d", pattern, seed).containsExactlyElementsOf(expected);
            List<Entry> paged = new ArrayList<>();
            EntryPath after = null;
            do {
                var page = root.page(pattern, after, 3);
                paged.addAll(page.entries());
                after = page.next();
            } while (after != null);
            assertThat(paged).as("%s in pages, seed %d", pattern, seed).isEqualTo(expected);
            EntryPath somewhere = path();
            assertThat(root.page(pattern, somewhere, 1_000).entries())
                    .as("%s after %s, seed %d", pattern, somewhere, seed)
                    .isEqualTo(expected.stream()
                            .filter(entry -> entry.path().compareTo(somewhere) > 0)
                            .toList());
        }
        for (int i = 0; i < 20; i++) {
            EntryPath path = path();
            assertThat(root.read(path)).as("%s, seed %d", path, seed).isEqualTo(Optional.ofNullable(read(model, path)));
        }
    }

    private static @Nullable EntryValue read(NavigableMap<EntryPath, Entry> model, EntryPath path) {
        Entry leaf = model.get(path);
        if (leaf != null) {
            return leaf.value();
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (EntryPath at : model.keySet()) {
            if (path.isAncestorOf(at)) {
                String name = at.segments().get(path.segments().size());
                EntryValue below = read(model, path.child(name));
                if (below != null) {
                    fields.put(name, below);
                }
            }
        }
        return fields.isEmpty() ? null : new EntryValue.Fields(fields);
    }

    @Test
    void what_was_put_together_is_the_same_object_until_it_changes() {
        LiveNode node = LiveNode.EMPTY
                .with(new Entry(EntryPath.parse("a/x"), EntryValue.of(1), EntryType.INTEGER, 1))
                .with(new Entry(EntryPath.parse("b/x"), EntryValue.of(1), EntryType.INTEGER, 2));
        LiveRoot before = new LiveRoot(node, 2);
        EntryValue a = before.read(EntryPath.parse("a")).orElseThrow();
        LiveRoot after =
                new LiveRoot(node.with(new Entry(EntryPath.parse("b/x"), EntryValue.of(2), EntryType.INTEGER, 3)), 3);
        assertThat(after.read(EntryPath.parse("a")).orElseThrow()).isSameAs(a);
        assertThat(before.read(EntryPath.parse("b/x"))).contains(EntryValue.of(1));
    }
}
