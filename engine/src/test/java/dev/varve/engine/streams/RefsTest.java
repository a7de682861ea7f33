package dev.varve.engine.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Lists of places in the journal: what they hold when they grow and are cut, beside those that share arrays with them. */
final class RefsTest {

    private static final int STEPS = 20_000;
    private static final int MAX_KEPT = 40;

    /** What a list must hold. */
    private record Entry(long end, long framePosition, int frameBytes, int effectOffset) {}

    /** A list that was seen once and may not change any more. */
    private record Seen(Refs refs, long start, List<Entry> entries) {}

    @Test
    void a_list_holds_what_was_added_and_not_written_yet_whatever_becomes_of_it_later() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Seen> seen = new ArrayList<>();
        Refs refs = Refs.NONE;
        List<Entry> entries = new ArrayList<>();
        long start = 0;
        long tail = 0;
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(1_000) == 0) {
                int written = random.nextInt(entries.size() + 1);
                if (written > 0) {
                    long position = entries.get(written - 1).end;
                    refs = refs.after(position);
                    entries = new ArrayList<>(entries.subList(written, entries.size()));
                    start = entries.isEmpty() ? 0 : position;
                }
            } else {
                Entry entry =
                        new Entry(tail + 1 + random.nextInt(3), step * 64L, random.nextInt(), random.nextInt(1 << 30));
                refs = refs.with(tail, entry.end, entry.framePosition, entry.frameBytes, entry.effectOffset);
                start = entries.isEmpty() ? tail : start;
                entries.add(entry);
                tail = entry.end;
            }
            if (random.nextInt(200) == 0) {
                if (seen.size() == MAX_KEPT) {
                    seen.remove(random.nextInt(MAX_KEPT));
                }
                seen.add(new Seen(refs, start, List.copyOf(entries)));
                for (Seen earlier : seen) {
                    assertThat(entries(earlier.refs))
                            .as("seed %d, step %d", seed, step)
                            .isEqualTo(earlier.entries);
                    assertThat(earlier.refs.start())
                            .as("seed %d, step %d", seed, step)
                            .isEqualTo(earlier.start);
                    checkSearch(earlier.refs, random);
                }
            }
        }
    }

    @Test
    void a_list_takes_little_more_memory_than_its_entries() {
        Refs refs = Refs.NONE;
        assertThat(refs.bytes()).isZero();
        for (int i = 1; i <= 100_000; i++) {
            refs = refs.with(i - 1, i, i, i, i);
            assertThat(refs.bytes()).isBetween(24L * i, 48L * Math.min(i, Refs.BLOCK_ENTRIES) + 25L * i + 100);
        }
    }

    @Test
    void what_was_written_takes_no_memory_any_more() {
        Refs refs = Refs.NONE;
        for (int i = 1; i <= 100_000; i++) {
            refs = refs.with(i - 1, i, i, i, i);
        }
        assertThat(refs.after(99_999).bytes()).isLessThan(100);
        assertThat(refs.after(90_000).bytes()).isLessThan(24 * 10_000 + 2 * 24 * Refs.BLOCK_ENTRIES);
        assertThat(refs.after(100_000)).isSameAs(Refs.NONE);
        assertThat(refs.after(0)).isSameAs(refs);
    }

    private static List<Entry> entries(Refs refs) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < refs.count(); i++) {
            entries.add(new Entry(refs.end(i), refs.framePosition(i), refs.frameBytes(i), refs.effectOffset(i)));
        }
        return entries;
    }

    private static void checkSearch(Refs refs, Random random) {
        if (refs.count() == 0) {
            return;
        }
        long position = refs.start() + random.nextLong(refs.end(refs.count() - 1) - refs.start() + 1);
        int first = refs.firstEndingAfter(position);
        if (first < refs.count()) {
            assertThat(refs.end(first)).isGreaterThan(position);
        }
        if (first > 0) {
            assertThat(refs.end(first - 1)).isLessThanOrEqualTo(position);
        }
    }
}
