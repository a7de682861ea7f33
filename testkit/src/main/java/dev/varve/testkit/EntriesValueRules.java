package dev.varve.testkit;

import static dev.varve.testkit.EntriesProbe.typed;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Values come back as they were given. */
interface EntriesValueRules {

    @Test
    default void numbers_keep_their_digits(EntriesProbe store) {
        for (Object number : List.of(
                0,
                -1,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                new BigDecimal("1.50"),
                new BigDecimal("1.5"),
                new BigDecimal("5"),
                new BigDecimal("0"),
                new BigDecimal("0.0"),
                new BigDecimal("-1E+3"),
                new BigDecimal("1E-7"),
                new BigDecimal("9007199254740993.0"),
                new BigDecimal("3.14159265358979323846264338327950288419716939937510"))) {
            store.set("n", number);
            store.holds("n", number);
            assertThat(store.entries().list(EntryPattern.ALL))
                    .extracting(Entry::value)
                    .containsExactly(value(number));
            store.set("l", List.of(number));
            store.holds("l", List.of(number));
            store.entries().delete(path("l"));
        }
    }

    @Test
    default void types_are_told(EntriesProbe store) {
        Map<EntryType, EntryValue> values = Map.of(
                EntryType.STRING, value(""),
                EntryType.INTEGER, value(1),
                EntryType.FLOAT, value(new BigDecimal("1.0")),
                EntryType.BOOLEAN, value(true),
                EntryType.NULL, value(null),
                EntryType.LIST, value(Arrays.asList(1, null, Map.of("a", List.of()))),
                EntryType.DECIMAL, typed("decimal", "1.00"),
                EntryType.DATETIME, typed("datetime", "2026-03-31T12:00:00Z"),
                EntryType.LEASE, value(Map.of("_type", "lease", "holder", "me", "token", 1, "expires_at", 2)));
        values.forEach((type, given) -> {
            store.set("v", given);
            assertThat(store.get("v").value()).isEqualTo(given);
            assertThat(store.get("v").type()).isEqualTo(type);
        });
    }

    @Test
    default void texts_come_back_as_they_are(EntriesProbe store) {
        for (String text : List.of(
                "",
                " ",
                "null",
                "\"",
                "\\",
                "\u0000\u0001\u001f\u007f",
                "\u2028\u2029",
                "grüße",
                "日本語",
                "👩‍👩‍👧",
                "\uFFFF",
                "a\r\nb\tc",
                "{\"a\":1}",
                "+%20&=?#")) {
            store.set("t", text);
            store.holds("t", text);
            if (text.indexOf(0) < 0) {
                store.set("f", Map.of("x" + text, text));
                store.holds("f", Map.of("x" + text, text));
            }
        }
    }

    @Test
    default void a_large_value_comes_back(EntriesProbe store) {
        String text = "ü\"\n".repeat(700_000);
        store.set("big", text);
        store.holds("big", text);
        assertThat(store.paths("*")).containsExactly("big");
    }

    @Test
    default void a_deep_value_comes_back(EntriesProbe store) {
        EntryValue deep = value("bottom");
        for (int i = 0; i < EntryValue.MAX_DEPTH; i++) {
            deep = new EntryValue.Items(List.of(deep));
        }
        store.set("deep", deep);
        store.holds("deep", deep);
    }
}
