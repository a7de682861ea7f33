package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Any record that is written comes back as it was, also by way of a store, which keeps no order and no empty objects. */
final class RecordSchemaRandomTest {

    @Schema(prefix = "flat")
    private record Flat(
            @Key String id, Everything all, double real, Optional<Everything> more, Map<String, Long> counts) {}

    @Schema(prefix = "whole", mode = Schema.Mode.MAP)
    private record Whole(
            @Key String id, Everything all, double real, Optional<Everything> more, Map<String, Long> counts) {}

    private record Pair<A, B>(@Nullable A first, @Nullable B second) {}

    private record Everything(
            @Nullable String text,
            boolean flag,
            byte octet,
            short small,
            @Nullable Integer number,
            long large,
            float single,
            @Nullable BigDecimal decimal,
            @Nullable BigInteger whole,
            @Nullable Instant instant,
            @Nullable LocalDateTime dateTime,
            @Nullable Duration duration,
            @Nullable Year year,
            @Nullable YearMonth yearMonth,
            @Nullable Month month,
            @Nullable UUID uuid,
            @Nullable URI uri,
            List<@Nullable String> texts,
            Numbers numbers,
            Map<String, Pair<Integer, List<Double>>> pairs,
            Pair<String, Pair<Long, Optional<Instant>>> pair,
            List<Everything> children) {}

    private record Numbers(Set<Integer> all, int size) {}

    private static final RecordSchema<Flat> FLATS = RecordSchema.of(Flat.class);
    private static final RecordSchema<Whole> WHOLES = RecordSchema.of(Whole.class);

    private final long seed = Long.getLong("varve.test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void what_is_written_is_read() {
        repeat(500, () -> {
            Flat flat = flat();
            Whole whole = new Whole(flat.id(), flat.all(), flat.real(), flat.more(), flat.counts());
            assertThat(FLATS.load(flat.id(), FLATS.dump(flat))).isEqualTo(new Loaded.Complete<>(flat));
            assertThat(FLATS.load(flat.id(), stored(FLATS.dump(flat)))).isEqualTo(new Loaded.Complete<>(flat));
            assertThat(WHOLES.load(flat.id(), stored(WHOLES.dump(whole)))).isEqualTo(new Loaded.Complete<>(whole));
        });
    }

    @Test
    void an_update_makes_of_one_record_the_other_and_leaves_the_rest() {
        repeat(300, () -> {
            Flat before = flat();
            Flat other = flat();
            Flat after = new Flat(
                    before.id(),
                    random.nextBoolean() ? before.all() : other.all(),
                    random.nextBoolean() ? before.real() : other.real(),
                    random.nextBoolean() ? before.more() : other.more(),
                    random.nextBoolean() ? before.counts() : other.counts());
            Map<String, EntryValue> store = stored(FLATS.dump(before));
            store.put("of somebody else", EntryValue.of("kept"));
            store.putAll(FLATS.changed(before, after));
            assertThat(FLATS.load(before.id(), stored(store))).isEqualTo(new Loaded.Complete<>(after));
            assertThat(store).containsKey("of somebody else");
            assertThat(FLATS.changed(after, after)).isEmpty();
        });
    }

    private void repeat(int times, Runnable step) {
        try {
            for (int i = 0; i < times; i++) {
                step.run();
            }
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + " (run again with -Dvarve.test.seed=" + seed + ")", e);
        }
    }

    /** As a store gives fields back: in another order, and without objects in which there is nothing. */
    private Map<String, EntryValue> stored(Map<String, EntryValue> fields) {
        List<Map.Entry<String, EntryValue>> entries = new ArrayList<>(fields.entrySet());
        Collections.shuffle(entries, random);
        Map<String, EntryValue> stored = new LinkedHashMap<>();
        for (Map.Entry<String, EntryValue> entry : entries) {
            EntryValue value = entry.getValue();
            if (value instanceof EntryValue.Fields object && !value.isWhole()) {
                Map<String, EntryValue> below = stored(object.fields());
                if (!below.isEmpty()) {
                    stored.put(entry.getKey(), new EntryValue.Fields(below));
                }
            } else {
                stored.put(entry.getKey(), value);
            }
        }
        return stored;
    }

    private Flat flat() {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            counts.put("k" + text(), random.nextLong());
        }
        return new Flat("k" + text(), everything(2), real(), maybe(() -> everything(1)), counts);
    }

    private Everything everything(int depth) {
        List<@Nullable String> texts = new ArrayList<>();
        List<Everything> children = new ArrayList<>();
        Map<String, Pair<Integer, List<Double>>> pairs = new LinkedHashMap<>();
        LinkedHashSet<Integer> numbers = new LinkedHashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            texts.add(orNull(this::text));
            numbers.add(random.nextInt(10));
            pairs.put("p" + text(), new Pair<>(orNull(random::nextInt), List.of(real())));
            if (depth > 0) {
                children.add(everything(depth - 1));
            }
        }
        return new Everything(
                orNull(this::text),
                random.nextBoolean(),
                (byte) random.nextInt(),
                (short) random.nextInt(),
                orNull(random::nextInt),
                random.nextLong(),
                (float) real(),
                orNull(() -> new BigDecimal(new BigInteger(80, random), random.nextInt(40) - 20)),
                orNull(() -> new BigInteger(100, random).negate()),
                orNull(this::instant),
                orNull(() -> LocalDateTime.ofInstant(instant(), ZoneOffset.UTC)),
                orNull(() -> Duration.ofSeconds(random.nextLong(), random.nextInt(1_000_000_000))),
                orNull(() -> Year.of(random.nextInt(40_000) - 20_000)),
                orNull(() -> YearMonth.of(random.nextInt(40_000) - 20_000, 1 + random.nextInt(12))),
                orNull(() -> Month.of(1 + random.nextInt(12))),
                orNull(() -> new UUID(random.nextLong(), random.nextLong())),
                orNull(() -> URI.create("https://example.com/" + random.nextInt(100))),
                texts,
                new Numbers(numbers, numbers.size()),
                pairs,
                new Pair<>(orNull(this::text), new Pair<>(orNull(random::nextLong), maybe(this::instant))),
                children);
    }

    private <V> @Nullable V orNull(Supplier<V> some) {
        return random.nextInt(4) == 0 ? null : some.get();
    }

    private <V> Optional<V> maybe(Supplier<V> some) {
        return random.nextBoolean() ? Optional.of(some.get()) : Optional.empty();
    }

    private Instant instant() {
        return Instant.ofEpochSecond(random.nextInt() * 100L, random.nextInt(1_000_000_000));
    }

    /** Any finite number but a negative zero, of which only the zero is kept. */
    private double real() {
        double real = random.nextBoolean()
                ? Double.longBitsToDouble(random.nextLong())
                : Float.intBitsToFloat(random.nextInt());
        return Double.isFinite(real) && Float.isFinite((float) real) && (float) real != 0 ? real : 0;
    }

    private String text() {
        String alphabet = "ab.*/~\\_ \"\u00e9\u4e16";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
