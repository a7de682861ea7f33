package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of large entries: bounded in bytes, and nothing is left out. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EntriesPagesTest {

    private static final String STORE = "acme/large";
    private static final int ENTRIES = 12;
    private static final EntryValue LARGE = EntryValue.of("x".repeat(3 << 20));

    private static EntryPath path(int i) {
        return EntryPath.of("a", String.format("%02d", i));
    }

    private static void fill(EntryStorage entries) {
        for (int i = 0; i < ENTRIES; i++) {
            EntryOp op = EntryOp.set(path(i), i % 3 == 0 ? EntryValue.of(i) : LARGE);
            entries.write(new EntryWrite(STORE, List.of(op), "d", "o", false, true))
                    .join();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pages_end_early_and_come_to_the_same(boolean checkpoint) {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            fill(entries);
            if (checkpoint) {
                assertThat(engine.checkpoint().join()).isTrue();
            }
            List<EntryPath> all =
                    IntStream.range(0, ENTRIES).mapToObj(EntriesPagesTest::path).toList();
            List<EntryPath> backwards = new ArrayList<>(all);
            Collections.reverse(backwards);
            EntryQuery query = EntryQuery.matching(STORE, EntryPattern.ALL);

            assertThat(walk(entries, query, null)).isEqualTo(all);
            assertThat(walk(entries, query, (long) ENTRIES)).isEqualTo(all);
            assertThat(walk(
                            entries,
                            new EntryQuery(STORE, EntryPattern.ALL, null, null, null, true, EntryQuery.MAX_LIMIT),
                            null))
                    .isEqualTo(backwards);
            assertThat(events(entries))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, ENTRIES)
                            .mapToObj(Long::valueOf)
                            .toList());
        }
    }

    private static List<EntryPath> walk(EntryStorage entries, EntryQuery first, @Nullable Long atSeq) {
        List<EntryPath> paths = new ArrayList<>();
        EntryQuery query = first;
        while (true) {
            EntryPage page = (atSeq == null ? entries.list(query) : entries.listAt(query, atSeq)).join();
            assertThat(page.entries()).isNotEmpty();
            assertThat(page.entries().stream()
                            .filter(entry -> entry.value().equals(LARGE))
                            .count())
                    .isLessThanOrEqualTo(1);
            page.entries().stream().map(Entry::path).forEach(paths::add);
            EntryPath next = page.next();
            if (next == null) {
                return paths;
            }
            query = query.withAfter(next);
        }
    }

    private static List<Long> events(EntryStorage entries) {
        List<Long> seqs = new ArrayList<>();
        while (seqs.size() < ENTRIES) {
            List<EntryEvent> page =
                    entries.events(STORE, seqs.size(), 1_000).join().events();
            assertThat(page).isNotEmpty();
            assertThat(page.size()).isLessThan(ENTRIES);
            page.forEach(event -> seqs.add(event.storeSeq()));
        }
        return seqs;
    }

    @Test
    void what_is_too_large_for_one_answer_is_refused() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            fill(entries);
            for (int i = 0; i < ENTRIES; i++) {
                EntryOp op = EntryOp.set(path(ENTRIES + i), LARGE);
                entries.write(new EntryWrite(STORE, List.of(op), "d", "o", false, true))
                        .join();
            }
            List<EntryPath> all = IntStream.range(0, 2 * ENTRIES)
                    .mapToObj(EntriesPagesTest::path)
                    .toList();
            assertThatThrownBy(() -> entries.get(STORE, EntryPath.of("a")).join())
                    .satisfies(EntriesPagesTest::tooLarge);
            assertThatThrownBy(() -> entries.getMany(STORE, all).join()).satisfies(EntriesPagesTest::tooLarge);
        }
    }

    private static void tooLarge(Throwable failure) {
        assertThat(failure).isInstanceOf(CompletionException.class);
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
    }
}
