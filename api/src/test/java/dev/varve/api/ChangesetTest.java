package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of input that nobody has looked at, and of the rules for it. */
final class ChangesetTest {

    enum Color {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "grass";
            }
        }
    }

    record Author(@Required @Nullable String name, int age) {}

    @Schema(prefix = "links")
    record Link(
            @Key String slug,
            @Required @Nullable String title,
            @Nullable URI url,
            @Field("added_at") @Nullable Instant addedAt,
            int visits,
            @Nullable Long rank,
            boolean read,
            double weight,
            @Nullable BigDecimal price,
            @Nullable BigInteger big,
            @Nullable Color color,
            @Nullable LocalDate day,
            @Nullable ZoneId zone,
            Optional<String> note,
            List<Integer> numbers,
            Set<String> tags,
            Map<String, Double> scores,
            @Nullable Author author,
            @Nullable EntryValue anything) {

        Link {
            if ("refused".equals(title)) {
                throw new IllegalArgumentException("no such title");
            }
        }
    }

    private static final RecordSchema<Link> SCHEMA = RecordSchema.of(Link.class);

    private static final String[] ALL =
            SCHEMA.components().stream().map(RecordField::name).toArray(String[]::new);

    private static Changeset<Link> change(Map<String, ?> input, String... allowed) {
        return Changeset.ofNew(SCHEMA).cast(input, allowed);
    }

    private static Map<String, @Nullable Object> with(String field, @Nullable Object value) {
        Map<String, @Nullable Object> input = new HashMap<>(Map.of("slug", "dust", "title", "Dust"));
        input.put(field, value);
        return input;
    }

    private static @Nullable Object taken(String field, @Nullable Object given) {
        Changeset<Link> changes = change(with(field, given), ALL);
        assertThat(changes.errors()).as("%s", given).isEmpty();
        return changes.changes().get(field);
    }

    private static Link link() {
        return change(Map.of("slug", "dust", "title", "Dust", "visits", 3, "tags", List.of("a", "b")), ALL)
                .toRecord();
    }

    // ---- the allow-list

    @Test
    void only_what_is_allowed_is_taken() {
        Changeset<Link> changes =
                change(Map.of("slug", "dust", "title", "Dust", "visits", 9, "admin", true), "slug", "title");
        assertThat(changes.isValid()).isTrue();
        assertThat(changes.changes()).containsExactly(Map.entry("slug", "dust"), Map.entry("title", "Dust"));
        assertThat(changes.toRecord().visits()).isZero();
    }

    @Test
    void what_is_allowed_are_fields_as_they_are_stored() {
        assertThat(taken("added_at", "2026-03-31T12:00:00Z")).isEqualTo(Instant.parse("2026-03-31T12:00:00Z"));
        assertThatThrownBy(() -> change(Map.of(), "title", "addedAt"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Link has no field \"addedAt\", but [slug, title, url, added_at,");
    }

    // ---- values

    @Test
    void text_of_forms_is_taken_for_what_it_says() {
        assertThat(taken("visits", "-42")).isEqualTo(-42);
        assertThat(taken("rank", "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(taken("read", "on")).isEqualTo(true);
        assertThat(taken("read", "true")).isEqualTo(true);
        assertThat(taken("read", "1")).isEqualTo(true);
        assertThat(taken("weight", "1.5")).isEqualTo(1.5);
        assertThat(taken("price", "1.50")).isEqualTo(new BigDecimal("1.50"));
        assertThat(taken("big", "123456789012345678901")).isEqualTo(new BigInteger("123456789012345678901"));
        assertThat(taken("color", "GREEN")).isEqualTo(Color.GREEN);
        assertThat(taken("url", "https://example.org")).isEqualTo(URI.create("https://example.org"));
        assertThat(taken("day", "2026-03-31")).isEqualTo(LocalDate.of(2026, 3, 31));
        assertThat(taken("note", "x")).isEqualTo(Optional.of("x"));
        assertThat(taken("numbers", List.of("1", "2"))).isEqualTo(List.of(1, 2));
        assertThat(taken("numbers", new String[] {"1"})).isEqualTo(List.of(1));
        assertThat(taken("scores", Map.of("a", "0.5"))).isEqualTo(Map.of("a", 0.5));
        assertThat(taken("author", Map.of("name", "Ada", "age", "36"))).isEqualTo(new Author("Ada", 36));
    }

    @Test
    void values_of_their_own_types_are_taken() {
        Instant now = Instant.parse("2026-03-31T12:00:00.123456789Z");
        assertThat(taken("added_at", now)).isEqualTo(now);
        assertThat(taken("visits", 42L)).isEqualTo(42);
        assertThat(taken("visits", 42.0)).isEqualTo(42);
        assertThat(taken("read", true)).isEqualTo(true);
        assertThat(taken("weight", 2)).isEqualTo(2.0);
        assertThat(taken("price", new BigDecimal("1.50"))).isEqualTo(new BigDecimal("1.50"));
        assertThat(taken("price", 3)).isEqualTo(BigDecimal.valueOf(3));
        assertThat(taken("big", BigInteger.TEN.pow(30))).isEqualTo(BigInteger.TEN.pow(30));
        assertThat(taken("color", Color.GREEN)).isEqualTo(Color.GREEN);
        assertThat(taken("zone", ZoneId.of("Europe/Berlin"))).isEqualTo(ZoneId.of("Europe/Berlin"));
        assertThat(taken("note", Optional.of("x"))).isEqualTo(Optional.of("x"));
        assertThat(taken("tags", Set.of("x"))).isEqualTo(Set.of("x"));
        assertThat(taken("author", new Author("Ada", 36))).isEqualTo(new Author("Ada", 36));
        assertThat(taken("anything", Map.of("a", List.of(1, "x"))))
                .isEqualTo(new EntryValue.Fields(
                        Map.of("a", new EntryValue.Items(List.of(EntryValue.of(1), EntryValue.of("x"))))));
        assertThat(taken("author", new EntryValue.Fields(Map.of("name", EntryValue.of("Ada")))))
                .isEqualTo(new Author("Ada", 0));
        assertThat(taken("visits", EntryValue.of("7"))).isEqualTo(7);
    }

    @Test
    void empty_text_is_nothing_where_the_component_is_no_text() {
        Link before = change(with("rank", 3), ALL).set("note", "x").toRecord();
        Changeset<Link> cleared = Changeset.of(SCHEMA, before).cast(Map.of("rank", "", "note", "", "url", ""), ALL);
        assertThat(cleared.errors()).isEmpty();
        assertThat(cleared.toRecord().rank()).isNull();
        assertThat(cleared.toRecord().note()).contains("");
        assertThat(cleared.changes()).containsOnlyKeys("rank", "note");
        Map<String, @Nullable Object> nulls = Collections.singletonMap("rank", null);
        assertThat(Changeset.of(SCHEMA, before).cast(nulls, ALL).toRecord().rank())
                .isNull();
    }

    @Test
    void a_value_that_cannot_be_taken_is_an_error_of_its_field() {
        Map<String, Object> input = new HashMap<>();
        input.put("slug", 5);
        input.put("title", 7);
        input.put("added_at", "yesterday");
        input.put("visits", "2147483648");
        input.put("rank", "3.5");
        input.put("read", "maybe");
        input.put("weight", "NaN");
        input.put("price", "1,50");
        input.put("color", "blue");
        input.put("url", "no uri");
        input.put("numbers", List.of(1, "two"));
        input.put("tags", "a");
        input.put("scores", Map.of("a", "x"));
        input.put("author", Map.of("age", "old"));
        input.put("anything", new Object());
        Changeset<Link> changes = change(input, ALL);
        assertThat(changes.isValid()).isFalse();
        assertThat(changes.errors())
                .extracting(Violation::words)
                .containsExactly(
                        "slug must be a string",
                        "title is invalid: expected a text",
                        "url is invalid: expected a URI",
                        "added_at is invalid: expected a time such as 2026-03-31T12:00:00Z",
                        "visits is invalid: expected a whole number from -2147483648 to 2147483647",
                        "rank is invalid: expected a whole number from -9223372036854775808 to 9223372036854775807",
                        "read is invalid: expected true or false",
                        "weight is invalid: expected a number that a double can hold",
                        "price is invalid: expected a number of at most 100000 characters",
                        "color is invalid: expected one of RED, GREEN",
                        "numbers[1] is invalid: expected a whole number from -2147483648 to 2147483647",
                        "tags is invalid: expected a list",
                        "scores/a is invalid: expected a number that a double can hold",
                        "author/age is invalid: expected a whole number from -2147483648 to 2147483647",
                        "anything is invalid: expected a text, a number, true, false, a list or a map");
        assertThat(changes.changes()).isEmpty();
        InvalidRecordException thrown = catchThrowableOfType(InvalidRecordException.class, () -> changes.toRecord());
        assertThat(thrown.violations()).isEqualTo(changes.errors());
    }

    @Test
    void what_a_nested_record_must_have_is_told_by_its_place() {
        assertThat(change(with("author", Map.of("age", 3)), ALL).errors())
                .containsExactly(new Violation("author/name", "can't be blank"));
        assertThat(change(with("author", Map.of("name", "Ada", "admin", true)), ALL)
                        .toRecord()
                        .author())
                .isEqualTo(new Author("Ada", 0));
    }

    @Test
    void input_nested_without_end_is_an_error() {
        Object deep = "x";
        for (int i = 0; i < 100_000; i++) {
            deep = List.of(deep);
        }
        assertThat(change(with("anything", deep), "slug", "title", "anything").errors())
                .extracting(Violation::root)
                .containsExactly("anything");
    }

    // ---- rules

    @ParameterizedTest
    @ValueSource(strings = {"dust", "a.b", "a/b", "~", "*", " ", "ü"})
    void any_text_is_a_key(String slug) {
        assertThat(change(Map.of("slug", slug, "title", "x"), ALL).errors()).isEmpty();
    }

    @Test
    void a_key_is_there_not_empty_and_text() {
        Map<String, @Nullable Object> none = with("slug", null);
        assertThat(change(none, ALL).errors()).containsExactly(new Violation("slug", "can't be blank"));
        assertThat(change(with("slug", ""), ALL).errors()).containsExactly(new Violation("slug", "cannot be empty"));
        assertThat(change(with("slug", 3), ALL).errors()).containsExactly(new Violation("slug", "must be a string"));
        assertThat(change(with("slug", "x".repeat(5_000)), ALL).errors())
                .singleElement()
                .satisfies(one -> assertThat(one.words()).startsWith("slug is invalid: "));
    }

    @Test
    void what_is_required_is_there_whoever_requires_it() {
        assertThat(change(Map.of(), ALL).require("visits", "author", "url").errors())
                .containsExactly(
                        new Violation("slug", "can't be blank"),
                        new Violation("title", "can't be blank"),
                        new Violation("url", "can't be blank"),
                        new Violation("visits", "can't be blank"),
                        new Violation("author", "can't be blank"));
        assertThat(change(with("title", ""), ALL).errors()).containsExactly(new Violation("title", "can't be blank"));
        assertThat(change(with("visits", 0), ALL).require("visits").errors()).isEmpty();
        assertThat(Changeset.of(SCHEMA, link()).require("visits").errors()).isEmpty();
        assertThat(Changeset.of(SCHEMA, link())
                        .cast(Map.of("visits", ""), ALL)
                        .require("visits")
                        .errors())
                .containsExactly(new Violation("visits", "can't be blank"));
        assertThatThrownBy(() -> change(Map.of()).require("titel")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_rule_looks_at_what_changes_and_is_right_so_far() {
        Changeset<Link> none = Changeset.of(SCHEMA, link()).validate("visits", int.class, value -> false, "never");
        assertThat(none.isValid()).isTrue();
        Changeset<Link> one = Changeset.of(SCHEMA, link())
                .set("visits", -1)
                .validate("visits", Integer.class, value -> value >= 0, "must not be negative")
                .validate("visits", int.class, value -> value > -5, "never")
                .error("visits", "is odd")
                .error("", "is no good");
        assertThat(one.errors())
                .containsExactly(
                        new Violation("visits", "must not be negative"),
                        new Violation("visits", "is odd"),
                        new Violation("", "is no good"));
        assertThat(change(with("visits", "x"), ALL)
                        .validate("visits", int.class, value -> false, "never")
                        .errors())
                .hasSize(1);
        assertThat(change(with("url", null), ALL)
                        .validate("url", URI.class, value -> false, "never")
                        .errors())
                .isEmpty();
        assertThat(change(with("url", "http://x"), ALL)
                        .validate("url", Comparable.class, value -> false, "is seen as a supertype")
                        .errors())
                .hasSize(1);
        assertThatThrownBy(() -> one.validate("visits", String.class, String::isEmpty, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"visits\" of Link is of type int, and the rule is for String");
    }

    @Test
    void what_the_constructor_does_not_take_is_wrong_with_the_whole() {
        assertThat(change(with("title", "refused"), ALL).errors())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.field()).isEmpty();
                    assertThat(one.message()).contains("no such title");
                });
    }

    // ---- edits

    @Test
    void an_edit_changes_what_differs() {
        Changeset<Link> same = Changeset.of(SCHEMA, link())
                .cast(Map.of("slug", "dust", "title", "Dust", "visits", "3", "tags", List.of("b", "a")), ALL);
        assertThat(same.changes()).isEmpty();
        assertThat(same.errors()).isEmpty();
        Changeset<Link> there = same.set("visits", 4);
        assertThat(there.changes()).containsExactly(Map.entry("visits", 4));
        assertThat(there.set("visits", 3).changes()).as("and back").isEmpty();
        assertThat(there.toRecord().visits()).isEqualTo(4);
        assertThat(there.toRecord().tags()).containsExactly("a", "b");
        assertThat(Changeset.of(SCHEMA, link())
                        .cast(Map.of("slug", "other"), ALL)
                        .errors())
                .containsExactly(new Violation("slug", "cannot be changed"));
    }

    @Test
    void a_program_sets_what_input_may_not() {
        Changeset<Link> changes = change(Map.of("title", "Dust", "visits", "x"), "title", "visits")
                .set("slug", "dust")
                .set("visits", 1)
                .set("author", Map.of("name", "Ada"));
        assertThat(changes.errors()).as("the wrong value was replaced").isEmpty();
        assertThat(changes.toRecord().author()).isEqualTo(new Author("Ada", 0));
        assertThatThrownBy(() -> changes.set("titel", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> changes.set("numbers", Arrays.asList(1, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Link cannot have this: numbers[1]: expected a whole number");
    }

    @Test
    void a_changeset_does_not_change() {
        Changeset<Link> first = change(Map.of("title", "Dust"), ALL);
        Changeset<Link> unused = first.set("slug", "dust").error("title", "x").require("url");
        assertThat(first.changes()).containsOnlyKeys("title");
        assertThat(first.errors()).containsExactly(new Violation("slug", "can't be blank"));
        assertThatThrownBy(() -> first.changes().clear()).isInstanceOf(UnsupportedOperationException.class);
    }
}
