package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A list reads what it shows, and little else. */
final class EntryListerTest {

    private static final long STORE = 7;
    private static final String NAME = "acme/app";

    private final MemoryStateStore state = new MemoryStateStore();
    private final NavigableSet<EntryPath> paths = new TreeSet<>();
    private Overlay overlay = Overlay.EMPTY;
    private long lastSeq;

    private void store(List<String> written) throws IOException {
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            for (String path : written) {
                EntryPath parsed = EntryPath.parse(path);
                paths.add(parsed);
                checkpoint.put(
                        Table.ENTRY_LEAVES,
                        Keys.key(STORE, parsed),
                        Leaf.present(EntryType.INTEGER, ++lastSeq, EntryValue.of(lastSeq)));
            }
            checkpoint.commit(0);
        }
    }

    private void change(EntryOp op) {
        EntryEvent event = new EntryEvent(++lastSeq, op.kind(), op.path(), op.value(), null, "device", "op", true, 0);
        overlay = overlay.after(STORE, new Change(event, true, 0, 0, 0, Totals.NONE));
        paths.removeIf(path -> path.equals(op.path()) || op.path().isAncestorOf(path));
        if (op.value() != null) {
            paths.add(op.path());
        }
    }

    /** What a page showed, and how many entries were looked at for it. */
    private record Seen(EntryPage page, int rows) {}

    private Seen page(EntryQuery query) throws IOException {
        EntryLister lister = new EntryLister(STORE, query);
        try (EntryScan scan = lister.scan(state, overlay)) {
            int[] rows = {0};
            EntryPage page = lister.page(new Counting(scan, rows)).page(lastSeq);
            return new Seen(page, rows[0]);
        }
    }

    private record Counting(EntryRows rows, int[] count) implements EntryRows {
        @Override
        public boolean next() throws IOException {
            count[0]++;
            return rows.next();
        }

        @Override
        public byte[] key() {
            return rows.key();
        }

        @Override
        public byte[] leaf() throws IOException {
            return rows.leaf();
        }

        @Override
        public void skipTo(byte[] key) throws IOException {
            rows.skipTo(key);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private static EntryQuery query(String pattern, boolean descending, int limit) {
        return new EntryQuery(NAME, EntryPattern.parse(pattern), null, null, null, descending, limit);
    }

    private static List<EntryPath> paths(EntryPage page) {
        return page.entries().stream().map(Entry::path).toList();
    }

    private List<EntryPath> expected(EntryPattern pattern, boolean descending) {
        List<EntryPath> expected =
                new ArrayList<>(paths.stream().filter(pattern::matches).toList());
        if (descending) {
            Collections.reverse(expected);
        }
        return expected;
    }

    /** 200 documents of 100 entries: some with siblings that sort between a path and what is below it. */
    private void library() throws IOException {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String document = String.format("d%03d", i) + (i % 3 == 0 ? "" : "-x");
            written.add(document + "/title");
            written.add(document + "/title-short");
            written.add(document + "/error/late");
            for (int page = 0; page < 97; page++) {
                written.add(document + "/" + (page % 2 == 0 ? "body/" : "zoo/") + page);
            }
        }
        store(written);
    }

    @ParameterizedTest
    @CsvSource({
        "**, true, 50, 51",
        "*/title, false, 50, 160",
        "*/title, true, 50, 160",
        "*/error/**, false, 200, 620",
        "*/error/**, true, 200, 620",
        "*/zoo/96, false, 10, 700",
        "*/body/7, false, 200, 820",
        "*/nothing, false, 200, 420",
        "*/*, true, 400, 1100",
        "d100/*/late, false, 10, 10",
    })
    void a_page_looks_at_few_entries_beside_those_that_it_shows(String pattern, boolean descending, int limit, int most)
            throws IOException {
        library();
        change(EntryOp.set(EntryPath.parse("d005-x"), EntryValue.of(1)));
        change(EntryOp.set(EntryPath.parse("d006/title"), EntryValue.of(1)));
        change(EntryOp.delete(EntryPath.parse("d007-x/error")));

        Seen seen = page(query(pattern, descending, limit));

        List<EntryPath> all = expected(EntryPattern.parse(pattern), descending);
        assertThat(paths(seen.page())).isEqualTo(all.subList(0, Math.min(limit, all.size())));
        assertThat(seen.rows()).isLessThanOrEqualTo(most);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void a_page_ends_where_too_much_was_passed_over(boolean descending) throws IOException {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 2 * EntryStorage.MAX_PAGE_ROWS + 100; i++) {
            written.add(String.format("p%05d", i));
        }
        written.add("p00050/deep");
        written.add("p20050/deep");
        store(written);

        List<EntryPath> found = new ArrayList<>();
        EntryQuery query = query("*/deep", descending, 10);
        int pages = 0;
        for (EntryPath after = null; pages == 0 || after != null; pages++) {
            Seen seen = page(query.withAfter(after));
            assertThat(seen.rows()).isLessThanOrEqualTo(EntryStorage.MAX_PAGE_ROWS + 10);
            found.addAll(paths(seen.page()));
            after = seen.page().next();
        }

        assertThat(found).isEqualTo(expected(EntryPattern.parse("*/deep"), descending));
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void patterns_find_the_same_by_skipping_as_by_looking_at_everything() throws IOException {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        Random random = new Random(seed);
        List<String> segments = List.of("a", "a-", "a.", "a0", "b", "b!", "~0", "~1", "*", "%", "\u00e9");
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            written.add(anyPath(random, segments));
        }
        store(written);
        for (int i = 0; i < 60; i++) {
            EntryPath path = EntryPath.parse(anyPath(random, segments));
            change(random.nextBoolean() ? EntryOp.delete(path) : EntryOp.set(path, EntryValue.of(i)));
        }
        for (int i = 0; i < 2_000; i++) {
            List<String> pieces = new ArrayList<>();
            for (int depth = 1 + random.nextInt(4); depth > 0; depth--) {
                String segment = segments.get(random.nextInt(segments.size()));
                pieces.add(random.nextInt(3) == 0 ? "*" : segment.equals("*") ? "\\*" : segment);
            }
            String pattern = String.join("/", pieces) + (random.nextBoolean() ? "/**" : "");
            boolean descending = random.nextBoolean();
            List<EntryPath> found = new ArrayList<>();
            EntryQuery query = query(pattern, descending, 1 + random.nextInt(5));
            EntryPath after = null;
            do {
                EntryPage page = page(query.withAfter(after)).page();
                found.addAll(paths(page));
                after = page.next();
            } while (after != null);
            assertThat(found)
                    .as(pattern + (descending ? " down" : "") + ", seed " + seed)
                    .isEqualTo(expected(EntryPattern.parse(pattern), descending));
        }
    }

    private static String anyPath(Random random, List<String> segments) {
        List<String> pieces = new ArrayList<>();
        for (int depth = 1 + random.nextInt(4); depth > 0; depth--) {
            pieces.add(segments.get(Math.min(random.nextInt(segments.size()), random.nextInt(segments.size()))));
        }
        return String.join("/", pieces);
    }
}
