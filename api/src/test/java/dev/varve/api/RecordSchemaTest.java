package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Where records are kept, what is refused when a type or a record is wrong, and what is said of records that are not whole. */
final class RecordSchemaTest {

    @Schema(prefix = {"reading", "links"})
    private record Link(
            @Nullable @Required String title,
            @Key @Nullable String slug,
            @Field("added_by") @Nullable String addedBy,
            int visits,
            Set<String> tags,
            @Nullable URI url) {}

    @Schema(prefix = "whole", mode = Schema.Mode.MAP)
    private record Whole(@Key String id, Nested<Nested<String>> nested) {}

    private record Nested<T>(List<T> items) {}

    private static final RecordSchema<Link> LINKS = RecordSchema.of(Link.class);

    // ---- where

    @Test
    void a_schema_says_where_its_records_are() {
        assertThat(LINKS.prefix()).hasToString("reading/links");
        assertThat(LINKS.pattern()).hasToString("reading/links/**");
        assertThat(LINKS.mode()).isEqualTo(Schema.Mode.FLAT);
        assertThat(RecordSchema.of(Whole.class).mode()).isEqualTo(Schema.Mode.MAP);
        assertThat(LINKS.fieldNames()).containsExactly("title", "added_by", "visits", "tags", "url");
    }

    @ParameterizedTest
    @CsvSource({"dust, dust", "example.com, example.com", "a/b, a~1b", "~, ~0", "~1, ~01", "*, *", "**, **", "' ', ' '"
    })
    void keys_are_any_text(String key, String written) {
        assertThat(LINKS.path(key)).hasToString("reading/links/" + written);
        assertThat(LINKS.path(key, "added_by")).hasToString("reading/links/" + written + "/added_by");
        assertThat(LINKS.checkKey(key)).isEqualTo(key);
        assertThat(LINKS.key(link(key, "t"))).isEqualTo(key);
        assertThat(LINKS.pattern().matches(LINKS.path(key))).isTrue();
        assertThat(load(key, Map.of("title", EntryValue.of("t")))).isEqualTo(link(key, "t"));
    }

    @Test
    void a_key_is_there_and_not_empty() {
        refused(() -> LINKS.checkKey(""), "the key of a Link, slug, is empty; every record has one");
        refused(() -> LINKS.checkKey(null), "the key of a Link, slug, is null; every record has one");
        refused(() -> LINKS.key(link(null, "t")), "is null");
        refused(() -> LINKS.path(""), "is empty");
        refused(() -> LINKS.path("", "title"), "is empty");
        refused(() -> LINKS.load("", Map.of()), "is empty");
        refused(() -> LINKS.path("\u0000"), "U+0000");
    }

    @Test
    void there_are_paths_of_fields_only() {
        refused(() -> LINKS.path("dust", "addedBy"), "Link has no field \"addedBy\", but [title, added_by, visits,");
        refused(() -> LINKS.path("dust", "slug"), "Link has no field \"slug\"");
    }

    @Schema(prefix = {"*", "a/b", "**"})
    private record Starred(@Key String id) {}

    @Test
    void stars_in_a_prefix_are_stars() {
        RecordSchema<Starred> starred = RecordSchema.of(Starred.class);
        assertThat(starred.prefix()).hasToString("*/a~1b/**");
        assertThat(starred.pattern()).hasToString("\\*/a~1b/\\**/**");
        assertThat(EntryPattern.parse(starred.pattern().toString()).matches(starred.path("k")))
                .isTrue();
        assertThat(starred.pattern().matches(EntryPath.of("x", "a/b", "**", "k")))
                .isFalse();
        assertThat(starred.pattern().matches(EntryPath.of("*", "a/b", "x", "k")))
                .isFalse();
        assertThat(starred.fieldNames()).isEmpty();
        assertThat(starred.load("k", Map.of())).isEqualTo(new Loaded.Complete<>(new Starred("k")));
    }

    // ---- what is written and read

    @Test
    void a_record_is_written_without_its_key_and_with_its_nulls() {
        Map<String, EntryValue> dumped = LINKS.dump(link("dust", "Dust"));
        assertThat(dumped)
                .containsExactly(
                        Map.entry("title", EntryValue.of("Dust")),
                        Map.entry("added_by", ValueMapping.NULL),
                        Map.entry("visits", EntryValue.of(0)),
                        Map.entry("tags", new EntryValue.Items(List.of())),
                        Map.entry("url", ValueMapping.NULL));
        assertThat(load("dust", dumped)).isEqualTo(link("dust", "Dust"));
    }

    @Test
    void fields_that_are_absent_are_null_empty_or_0() {
        assertThat(load("dust", Map.of("title", EntryValue.of("Dust")))).isEqualTo(link("dust", "Dust"));
        assertThat(load("dust", Map.of("title", EntryValue.of("Dust"), "slug", EntryValue.of("other"))))
                .as("a key is where the record is, whatever a field of that name says")
                .isEqualTo(link("dust", "Dust"));
    }

    static Stream<Arguments> incomplete() {
        return Stream.of(
                Arguments.of(Map.of(), List.of()),
                Arguments.of(Map.of("title", ValueMapping.NULL), List.of()),
                Arguments.of(Map.of("title", EntryValue.of("")), List.of()),
                Arguments.of(Map.of("url", EntryValue.of("u")), List.of()),
                Arguments.of(Map.of("name", EntryValue.of("Dust")), List.of("name")),
                Arguments.of(Map.of("addedBy", EntryValue.of("x"), "tags", ValueMapping.NULL), List.of("addedBy")),
                Arguments.of(Map.of("slug", EntryValue.of("dust")), List.of("slug")));
    }

    @ParameterizedTest
    @MethodSource("incomplete")
    void a_record_without_what_it_must_have_is_incomplete(Map<String, EntryValue> received, List<String> unrecognized) {
        assertThat(LINKS.load("dust", received)).isEqualTo(new Loaded.Incomplete<Link>(List.of("title"), unrecognized));
        assertThat(LINKS.missing(received)).containsExactly("title");
    }

    @Schema(prefix = "strict")
    private record Strict(
            @Key @Required String id,
            @Required Optional<String> maybe,
            @Required int number,
            @Required List<String> list,
            @Required Map<String, Map<String, String>> map,
            @Nullable Person person,
            List<Person> people) {}

    private record Person(
            @Required @Nullable String name,
            @Required @Nullable Address address) {}

    private record Address(
            @Required @Nullable String city, @Nullable String street) {}

    @Test
    void all_that_is_missing_is_said_at_once_also_within_records() {
        EntryValue noAddress = object("name", EntryValue.of("Ada"), "address", object("city", object()));
        EntryValue noCity = object("address", object("street", EntryValue.of("Main Street")));
        Map<String, EntryValue> received = new LinkedHashMap<>();
        received.put("map", object("a", object()));
        received.put("unknown", EntryValue.of(1));
        received.put("person", noCity);
        received.put("people", new EntryValue.Items(List.of(object("name", EntryValue.of("x")))));
        RecordSchema<Strict> strict = RecordSchema.of(Strict.class);
        assertThat(strict.load("k", received))
                .isEqualTo(new Loaded.Incomplete<Strict>(
                        List.of(
                                "maybe",
                                "number",
                                "list",
                                "map",
                                "person/name",
                                "person/address/city",
                                "people[0]/address"),
                        List.of("unknown")));
        received.put("person", noAddress);
        assertThat(((Loaded.Incomplete<?>) strict.load("k", received)).missing())
                .as("an object with nothing in it is nothing, once it was stored")
                .contains("person/address")
                .doesNotContain("person/name");

        Strict written = new Strict("k", Optional.empty(), 0, List.of(), Map.of("a", Map.of()), null, List.of());
        assertThat(strict.missing(strict.dump(written)))
                .as("0 and an empty list are something")
                .containsExactly("maybe", "map");
        Strict whole = new Strict("k", Optional.of("x"), 0, List.of(), Map.of("a", Map.of("b", "c")), null, List.of());
        assertThat(strict.missing(strict.dump(whole))).isEmpty();
        assertThat(strict.load("k", strict.dump(whole))).isEqualTo(new Loaded.Complete<>(whole));
    }

    @Test
    void what_cannot_be_read_says_where_and_why() {
        assertThat(LINKS.load("dust", Map.of("title", EntryValue.of("t"), "visits", EntryValue.of("many"))))
                .isEqualTo(new Loaded.Unreadable<Link>(
                        "visits", "the text \"many\"", "a whole number from -2147483648 to 2147483647"));
        EntryValue wrong = object("items", new EntryValue.Items(List.of(object("items", EntryValue.of(1)))));
        assertThat(RecordSchema.of(Whole.class).load("k", Map.of("nested", wrong)))
                .isEqualTo(new Loaded.Unreadable<Whole>("nested/items[0]/items", "the number 1", "a list"));
    }

    @Schema(prefix = "pages")
    private record Page(
            @Key String id, int from, int to, @Nullable Page next) {
        Page {
            if (from > to) {
                throw new IllegalArgumentException("ends before it begins");
            }
        }
    }

    @Test
    void a_record_may_refuse_its_fields() {
        RecordSchema<Page> pages = RecordSchema.of(Page.class);
        String expected =
                "fields that Page takes, whose constructor threw java.lang.IllegalArgumentException: ends before it"
                        + " begins";
        assertThat(pages.load("k", Map.of("from", EntryValue.of(1))))
                .isEqualTo(new Loaded.Unreadable<Page>("", "an object with the fields from", expected));
        assertThat(pages.load("k", Map.of("next", object("from", EntryValue.of(1)))))
                .isEqualTo(new Loaded.Unreadable<Page>("next", "an object with the fields from", expected));
    }

    @Test
    void a_key_within_a_record_is_a_field_like_others() {
        RecordSchema<Page> pages = RecordSchema.of(Page.class);
        Page page = new Page("1", 0, 1, new Page("2", 1, 2, null));
        assertThat(pages.dump(page).get("next"))
                .isEqualTo(object(
                        "id",
                        EntryValue.of("2"),
                        "from",
                        EntryValue.of(1),
                        "to",
                        EntryValue.of(2),
                        "next",
                        ValueMapping.NULL));
        assertThat(pages.load("1", pages.dump(page))).isEqualTo(new Loaded.Complete<>(page));
    }

    @Schema(prefix = "numbers")
    private record Numbers(@Key String id, List<Double> values, Map<String, EntryValue> more) {}

    @Test
    void what_cannot_be_written_says_where_and_why() {
        RecordSchema<Numbers> numbers = RecordSchema.of(Numbers.class);
        refused(
                () -> numbers.dump(new Numbers("k", List.of(1.0, Double.NaN), Map.of())),
                "Numbers cannot be stored: values[1]: expected a finite number, was NaN");
        refused(
                () -> numbers.dump(new Numbers("k", List.of(), Map.of("_type", EntryValue.of("file")))),
                "Numbers cannot be stored: more: expected keys other than null, the empty text, _type and _typed, was the key"
                        + " \"_type\"");
    }

    @Schema(prefix = "trees")
    private record FlatTree(@Key String id, List<List<String>> names, List<FlatTree> children) {}

    @Schema(prefix = "trees", mode = Schema.Mode.MAP)
    private record WholeTree(@Key String id, List<List<String>> names, List<WholeTree> children) {}

    @Test
    void a_record_that_is_one_value_is_one_object_deeper_than_its_fields() {
        // Fifty records in each other are fifty lists and the 49 objects between them, and the last has a list in its
        // list.
        assertThatCode(() -> RecordSchema.of(FlatTree.class).dump(flatTree(50))).doesNotThrowAnyException();
        refused(() -> RecordSchema.of(FlatTree.class).dump(flatTree(51)), "nested at most 100 deep");
        assertThatCode(() -> RecordSchema.of(WholeTree.class).dump(wholeTree(49)))
                .doesNotThrowAnyException();
        refused(() -> RecordSchema.of(WholeTree.class).dump(wholeTree(50)), "nested at most 100 deep");
    }

    private static FlatTree flatTree(int records) {
        FlatTree tree = new FlatTree("leaf", List.of(List.of()), List.of());
        for (int i = 1; i < records; i++) {
            tree = new FlatTree("branch", List.of(), List.of(tree));
        }
        return tree;
    }

    private static WholeTree wholeTree(int records) {
        WholeTree tree = new WholeTree("leaf", List.of(List.of()), List.of());
        for (int i = 1; i < records; i++) {
            tree = new WholeTree("branch", List.of(), List.of(tree));
        }
        return tree;
    }

    // ---- what has changed

    @Test
    void only_fields_that_differ_have_changed() {
        Link before = new Link("Dust", "dust", "me", 1, Set.of("a"), null);
        Link after = new Link("Dust!", "dust", null, 1, Set.of("a"), null);
        assertThat(LINKS.changed(before, before)).isEmpty();
        assertThat(LINKS.changed(before, after))
                .containsExactly(Map.entry("title", EntryValue.of("Dust!")), Map.entry("added_by", ValueMapping.NULL));
        assertThat(LINKS.changed(after, before)).containsOnlyKeys("title", "added_by");
    }

    @Test
    void sets_are_compared_as_sets() {
        Link before = new Link("Dust", "dust", null, 1, new LinkedHashSet<>(List.of("a", "b")), null);
        Link turned = new Link("Dust", "dust", null, 1, new LinkedHashSet<>(List.of("b", "a")), null);
        Link larger = new Link("Dust", "dust", null, 1, Set.of("a", "b", "c"), null);
        assertThat(LINKS.changed(before, turned)).isEmpty();
        assertThat(LINKS.changed(before, larger)).containsOnlyKeys("tags");
    }

    @Test
    void objects_of_which_nothing_is_stored_are_the_same() {
        RecordSchema<Strict> strict = RecordSchema.of(Strict.class);
        Strict empty = new Strict("k", Optional.of("x"), 0, List.of(), Map.of(), null, List.of());
        Strict hollow = new Strict("k", Optional.of("x"), 0, List.of(), Map.of("a", Map.of()), null, List.of());
        assertThat(strict.changed(empty, hollow)).isEmpty();
    }

    @Test
    void fields_may_be_kept_as_what_is_in_them_or_never_are() {
        RecordSchema<Strict> strict = RecordSchema.of(Strict.class);
        assertThat(strict.fieldNames().stream().filter(strict::mayBeObject)).containsExactly("map", "person");
    }

    @Test
    void a_key_does_not_change() {
        refused(
                () -> LINKS.changed(link("a", "t"), link("b", "t")),
                "an update cannot give a Link another key: it was \"a\", and is \"b\"; store a new record instead");
    }

    // ---- misuse

    @Schema(prefix = "x")
    private static final class NoRecord {}

    private record NoSchema(@Key String id) {}

    @Schema(prefix = "x")
    private record NoKey(String id) {}

    @Schema(prefix = "x")
    private record TwoKeys(@Key String one, @Key String other) {}

    @Schema(prefix = "x")
    private record NumberedKey(@Key long id) {}

    @Schema(prefix = "x")
    private record FieldKey(@Key @Field("slug") String id) {}

    @Schema(prefix = {})
    private record NoPrefix(@Key String id) {}

    @Schema(prefix = {"a", ""})
    private record EmptySegment(@Key String id) {}

    @Schema(prefix = {"a", "\\*"})
    private record EscapedStar(@Key String id) {}

    @Schema(prefix = "\\**")
    private record EscapedStars(@Key String id) {}

    @Schema(prefix = "x")
    private record SameNames(
            @Key String id, String note, @Field("note") String other) {}

    @Schema(prefix = "x")
    private record EmptyName(@Key String id, @Field("") String note) {}

    @Schema(prefix = "x")
    private record TypeName(@Key String id, @Field("_type") String note) {}

    @Schema(prefix = "x")
    private record TypedName(@Key String id, String _typed) {}

    @Schema(prefix = "x")
    private record ZeroName(
            @Key String id, @Field("a\u0000") String note) {}

    @Schema(prefix = "x")
    private record NestedName(@Key String id, List<Named> all) {}

    private record Named(@Field("_type") String kind) {}

    @Schema(prefix = "x")
    private record OldDate(@Key String id, Date date) {}

    @Schema(prefix = "x")
    private record Bytes(@Key String id, byte[] bytes) {}

    @Schema(prefix = "x")
    private record Lists(@Key String id, List<String>[] lists) {}

    @Schema(prefix = "x")
    private record Anything(@Key String id, Object any) {}

    @Schema(prefix = "x")
    private record Letter(@Key String id, char letter) {}

    @Schema(prefix = "x")
    private record Concrete(@Key String id, ArrayList<String> list) {}

    @Schema(prefix = "x")
    @SuppressWarnings("rawtypes") // what is refused here
    private record RawList(@Key String id, List list) {}

    @Schema(prefix = "x")
    private record WildList(@Key String id, List<?> list) {}

    @Schema(prefix = "x")
    private record NumberMap(@Key String id, Map<Integer, String> map) {}

    @Schema(prefix = "x")
    private record Doubtful(@Key String id, Optional<Optional<String>> maybe) {}

    @Schema(prefix = "x")
    private record Deep(@Key String id, Map<String, List<Optional<Nested<Date>>>> map) {}

    @Schema(prefix = "x")
    private record Generic<T>(@Key String id, T value) {}

    @Schema(prefix = "x")
    private record Endless(@Key String id, Larger<String> larger) {}

    private record Larger<T>(T value, Optional<Larger<List<T>>> next) {}

    static Stream<Arguments> misuse() {
        return Stream.of(
                Arguments.of(NoRecord.class, "$NoRecord is not a record; only records can be kept"),
                Arguments.of(NoSchema.class, "$NoSchema does not say where it is kept; give it @Schema(prefix = {…})"),
                Arguments.of(NoKey.class, "$NoKey has no key; mark one String component with @Key"),
                Arguments.of(TwoKeys.class, "$TwoKeys has 2 keys, one, other; leave @Key at one of them"),
                Arguments.of(NumberedKey.class, "$NumberedKey.id is of type long; a key is a String"),
                Arguments.of(FieldKey.class, "$FieldKey.id has both @Key and @Field; a key is not stored as a field"),
                Arguments.of(NoPrefix.class, "$NoPrefix has an empty prefix in @Schema; name at least one segment"),
                Arguments.of(EmptySegment.class, "$EmptySegment has a prefix in @Schema that is no path: "),
                Arguments.of(EscapedStar.class, "the segment \"\\*\" in the prefix of its @Schema, and no pattern can"),
                Arguments.of(
                        EscapedStars.class, "the segment \"\\**\" in the prefix of its @Schema, and no pattern can"),
                Arguments.of(SameNames.class, "two fields called \"note\"; give one another name with @Field"),
                Arguments.of(EmptyName.class, "$EmptyName.note would be the field \"\", which is no segment of a path"),
                Arguments.of(TypeName.class, "$TypeName.note would be the field \"_type\", which marks values that"),
                Arguments.of(
                        TypedName.class, "$TypedName._typed would be the field \"_typed\", which marks values that"),
                Arguments.of(ZeroName.class, "which is no segment of a path: a path is Unicode text without"),
                Arguments.of(NestedName.class, "$Named.kind would be the field \"_type\""),
                Arguments.of(
                        OldDate.class, "$OldDate.date is of type Date, which cannot be mapped; use String, boolean"),
                Arguments.of(Bytes.class, "$Bytes.bytes is of type byte[], which cannot be mapped; use"),
                Arguments.of(Lists.class, "List<java.lang.String>[]; use a List for an array"),
                Arguments.of(Anything.class, "$Anything.any is of type Object, which cannot be mapped"),
                Arguments.of(Letter.class, "$Letter.letter is of type char, which cannot be mapped"),
                Arguments.of(Concrete.class, "$Concrete.list is of type ArrayList<String>, which cannot be mapped"),
                Arguments.of(
                        RawList.class,
                        "$RawList.list is of type List without its type arguments; name it, as in List<"),
                Arguments.of(WildList.class, "$WildList.list is of type Object, which cannot be mapped"),
                Arguments.of(
                        NumberMap.class, "Map<Integer, String>; the keys of a map are names of fields, so use Map<Str"),
                Arguments.of(
                        Doubtful.class,
                        "Optional<Optional<String>>; an Optional in an Optional cannot be told from an"),
                Arguments.of(Deep.class, "$Nested.items is of type Date, which cannot be mapped"),
                Arguments.of(Generic.class, "$Generic has the type parameters T, and nothing says what they are"),
                Arguments.of(Endless.class, "a generic record cannot contain itself with larger and larger arguments"));
    }

    @ParameterizedTest
    @MethodSource("misuse")
    void a_type_that_cannot_be_kept_is_refused(Class<?> type, String message) {
        refused(() -> RecordSchema.of(type), message);
    }

    @Test
    void a_record_of_a_module_that_is_closed_is_refused() throws ClassNotFoundException {
        TypeShape closed = new TypeShape(Class.forName("jdk.internal.misc.ThreadTracker$ThreadRef"), List.of());
        refused(
                () -> new ValueMappings().of(closed, "Link.thread"),
                "ThreadTracker$ThreadRef cannot be accessed; have the module java.base open the package jdk.internal.misc to"
                        + " dev.varve.api");
    }

    @Test
    void what_goes_wrong_in_the_program_is_not_taken_for_data() {
        RecordSchema<Faulty> faulty = RecordSchema.of(Faulty.class);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> faulty.dump(new Faulty("k", 0)))
                .withMessage("accessor");
        assertThatExceptionOfType(StackOverflowError.class)
                .isThrownBy(() -> faulty.load("k", Map.of("number", EntryValue.of(1))))
                .withMessage("constructor");
    }

    @Schema(prefix = "x")
    record Faulty(@Key String id, int number) {
        Faulty {
            if (number == 1) {
                throw new StackOverflowError("constructor");
            }
        }

        @Override
        public int number() {
            throw new IllegalStateException("accessor");
        }
    }

    private static Link link(@Nullable String slug, String title) {
        return new Link(title, slug, null, 0, Set.of(), null);
    }

    private static Object load(String key, Map<String, EntryValue> received) {
        return Objects.requireNonNull(((Loaded.Complete<?>) LINKS.load(key, received)).value());
    }

    private static EntryValue object(Object... namesAndValues) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], (EntryValue) namesAndValues[i + 1]);
        }
        return new EntryValue.Fields(fields);
    }

    private static void refused(Runnable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call::run).withMessageContaining(message);
    }
}
