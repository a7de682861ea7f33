package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Java value becomes which value of an entry, and what is read back. */
final class ValueMappingTest {

    /** One component for each type; the tests name the type by its component. */
    private record Types(
            String text,
            boolean flag,
            Boolean boxedFlag,
            byte octet,
            Byte boxedOctet,
            short small,
            Short boxedSmall,
            int number,
            Integer boxedNumber,
            long large,
            Long boxedLarge,
            float real,
            Float boxedReal,
            double wide,
            Double boxedWide,
            BigInteger whole,
            BigDecimal decimal,
            Instant instant,
            LocalDate date,
            LocalTime time,
            LocalDateTime dateTime,
            OffsetTime offsetTime,
            OffsetDateTime offsetDateTime,
            ZonedDateTime zonedDateTime,
            Duration duration,
            Period period,
            Year year,
            YearMonth month,
            MonthDay monthDay,
            ZoneId zone,
            ZoneOffset offset,
            DayOfWeek day,
            Shade shade,
            UUID uuid,
            URI uri,
            FileReference file,
            EntryValue any,
            Point point,
            Tree tree,
            Pair<String, Long> pair,
            Pair<List<Point>, Pair<Integer, Optional<Integer>>> pairs,
            List<String> texts,
            List<? extends Number2> wildcards,
            List<Optional<Integer>> optionals,
            Set<Integer> numbers,
            Map<String, Long> counts,
            Map<String, List<Point>> pointsByName,
            Optional<String> maybe,
            Optional<List<Integer>> maybeList) {}

    private record Number2(int value) {}

    /** With a constant that is a class of its own. */
    private enum Shade {
        LIGHT,
        DARK {
            @Override
            public String toString() {
                return "darkness";
            }
        }
    }

    private record Point(int x, @Field("why") @Nullable Integer y) {}

    private record Pair<A, B>(A first, B second) {}

    private record Tree(String name, List<Tree> children, Map<String, Tree> named, Optional<Tree> parent) {
        Tree(String name, Tree... children) {
            this(name, List.of(children), Map.of(), Optional.empty());
        }
    }

    private static final String HASH = "sha256:" + "0123456789abcdef".repeat(4);

    static Stream<Arguments> written() {
        return Stream.of(
                row("text", "Dust", text("Dust")),
                row("text", "", text("")),
                row("text", "\u0000 \ud83d\ude00", text("\u0000 \ud83d\ude00")),
                row("flag", true, EntryValue.of(true)),
                row("boxedFlag", false, EntryValue.of(false)),
                row("octet", Byte.MIN_VALUE, EntryValue.of(-128)),
                row("boxedOctet", Byte.MAX_VALUE, EntryValue.of(127)),
                row("small", Short.MIN_VALUE, EntryValue.of(-32768)),
                row("boxedSmall", Short.MAX_VALUE, EntryValue.of(32767)),
                row("number", Integer.MIN_VALUE, EntryValue.of(Integer.MIN_VALUE)),
                row("boxedNumber", Integer.MAX_VALUE, EntryValue.of(Integer.MAX_VALUE)),
                row("large", Long.MIN_VALUE, EntryValue.of(Long.MIN_VALUE)),
                row("boxedLarge", Long.MAX_VALUE, EntryValue.of(Long.MAX_VALUE)),
                row("real", 0.1f, fraction("0.1")),
                row("boxedReal", Float.MIN_VALUE, fraction("1.4E-45")),
                row("real", Float.MAX_VALUE, fraction("3.4028235E+38")),
                row("wide", 0.1, fraction("0.1")),
                row("wide", 3.0, fraction("3.0")),
                row("boxedWide", Double.MIN_VALUE, fraction("4.9E-324")),
                row("wide", -Double.MAX_VALUE, fraction("-1.7976931348623157E+308")),
                row("whole", new BigInteger("123456789012345678901234567890"), text("123456789012345678901234567890")),
                row("whole", BigInteger.ONE.negate(), text("-1")),
                row("decimal", new BigDecimal("29.990"), text("29.990")),
                row("decimal", new BigDecimal("1E+400"), text("1E+400")),
                row("decimal", new BigDecimal("-1E-2000000000"), text("-1E-2000000000")),
                row("instant", Instant.parse("2026-03-31T12:00:00Z"), text("2026-03-31T12:00:00Z")),
                row("instant", Instant.MIN, text("-1000000000-01-01T00:00:00Z")),
                row("instant", Instant.MAX, text("+1000000000-12-31T23:59:59.999999999Z")),
                row("date", LocalDate.of(2026, 3, 31), text("2026-03-31")),
                row("date", LocalDate.of(12345, 1, 1), text("+12345-01-01")),
                row("time", LocalTime.of(12, 0), text("12:00")),
                row("time", LocalTime.MAX, text("23:59:59.999999999")),
                row("dateTime", LocalDateTime.of(2026, 3, 31, 12, 0, 1), text("2026-03-31T12:00:01")),
                row("offsetTime", OffsetTime.of(12, 0, 0, 0, ZoneOffset.UTC), text("12:00Z")),
                row("offsetDateTime", OffsetDateTime.MIN, text("-999999999-01-01T00:00+18:00")),
                row(
                        "zonedDateTime",
                        // an hour that comes twice, the second time
                        ZonedDateTime.of(2026, 10, 25, 2, 30, 0, 0, ZoneId.of("Europe/Berlin"))
                                .withLaterOffsetAtOverlap(),
                        text("2026-10-25T02:30+01:00[Europe/Berlin]")),
                row(
                        "zonedDateTime",
                        ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.ofHours(2)),
                        text("2026-01-01T00:00+02:00")),
                row("duration", Duration.ofMinutes(90), text("PT1H30M")),
                row("duration", Duration.ofMillis(-500), text("PT-0.5S")),
                row(
                        "duration",
                        Duration.ofSeconds(Long.MIN_VALUE),
                        text(Duration.ofSeconds(Long.MIN_VALUE).toString())),
                row("period", Period.of(1, -2, 3), text("P1Y-2M3D")),
                row("period", Period.ZERO, text("P0D")),
                row("year", Year.of(2026), text("2026")),
                row("year", Year.of(5), text("0005")),
                row("year", Year.of(-5), text("-0005")),
                row("year", Year.of(12345), text("+12345")),
                row("month", YearMonth.of(2026, 3), text("2026-03")),
                row("month", YearMonth.of(-1, 12), text("-0001-12")),
                row("month", YearMonth.of(12345, 1), text("+12345-01")),
                row("monthDay", MonthDay.of(2, 29), text("--02-29")),
                row("zone", ZoneId.of("Europe/Berlin"), text("Europe/Berlin")),
                row("zone", ZoneOffset.UTC, text("Z")),
                row("offset", ZoneOffset.ofHoursMinutes(-3, -30), text("-03:30")),
                row("day", DayOfWeek.SUNDAY, text("SUNDAY")),
                row("shade", Shade.DARK, text("DARK")),
                row("uuid", new UUID(1, 2), text("00000000-0000-0001-0000-000000000002")),
                row("uri", URI.create("https://example.com/a%20b?c#d"), text("https://example.com/a%20b?c#d")),
                row(
                        "file",
                        new FileReference(HASH, 5, null, "a.txt", Instant.EPOCH),
                        new FileReference(HASH, 5, null, "a.txt", Instant.EPOCH).toValue()),
                row(
                        "any",
                        fields("a", items(text("x"), ValueMapping.NULL)),
                        fields("a", items(text("x"), ValueMapping.NULL))),
                row("any", ValueMapping.NULL, ValueMapping.NULL),
                row("point", new Point(1, null), fields("x", EntryValue.of(1), "why", ValueMapping.NULL)),
                row("pair", new Pair<>("a", 5L), fields("first", text("a"), "second", EntryValue.of(5))),
                row(
                        "pairs",
                        new Pair<>(List.of(new Point(1, 2)), new Pair<>(3, Optional.of(4))),
                        fields(
                                "first",
                                items(fields("x", EntryValue.of(1), "why", EntryValue.of(2))),
                                "second",
                                fields("first", EntryValue.of(3), "second", EntryValue.of(4)))),
                row("texts", List.of(), items()),
                row(
                        "texts",
                        Arrays.asList("b", null, "a", "b"),
                        items(text("b"), ValueMapping.NULL, text("a"), text("b"))),
                row("wildcards", List.of(new Number2(1)), items(fields("value", EntryValue.of(1)))),
                row("optionals", List.of(Optional.empty(), Optional.of(1)), items(ValueMapping.NULL, EntryValue.of(1))),
                row(
                        "numbers",
                        new LinkedHashSet<>(List.of(3, 1, 2)),
                        items(EntryValue.of(3), EntryValue.of(1), EntryValue.of(2))),
                row("counts", Map.of(), fields()),
                row("counts", Collections.singletonMap("a/b~.*", null), fields("a/b~.*", ValueMapping.NULL)),
                row(
                        "pointsByName",
                        Map.of("p", List.of(new Point(1, 2))),
                        fields("p", items(fields("x", EntryValue.of(1), "why", EntryValue.of(2))))),
                row("maybe", Optional.of("x"), text("x")),
                row("maybe", Optional.empty(), ValueMapping.NULL),
                row("maybeList", Optional.of(List.of()), items()));
    }

    @ParameterizedTest
    @MethodSource("written")
    void a_value_is_written_and_read_back(String type, Object value, EntryValue entry) throws Misfit {
        assertThat(mapping(type).dump(value, 0)).isEqualTo(entry);
        assertThat(mapping(type).load(entry)).isEqualTo(value);
    }

    @Test
    void sets_and_maps_keep_their_order() throws Misfit {
        EntryValue numbers = items(EntryValue.of(30), EntryValue.of(1), EntryValue.of(20));
        assertThat(mapping("numbers").load(numbers)).hasToString("[30, 1, 20]");
        assertThat(mapping("numbers").dump(mapping("numbers").load(numbers), 0)).isEqualTo(numbers);
        assertThat(mapping("counts").load(fields("z", EntryValue.of(1), "a", EntryValue.of(2))))
                .hasToString("{z=1, a=2}");
    }

    @Test
    void every_type_has_a_row() {
        List<Object> rows = written().map(row -> row.get()[0]).toList();
        assertThat(Stream.of(Types.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .filter(name -> !name.equals("tree")))
                .allSatisfy(name -> assertThat(rows).contains(name));
    }

    static Stream<Arguments> alsoRead() {
        return Stream.of(
                row("octet", (byte) 3, fraction("3.0")),
                row("number", 300, fraction("3E+2")),
                row("large", Long.MAX_VALUE, fraction("9223372036854775807.00")),
                row("wide", 3.0, EntryValue.of(3)),
                row("wide", 9007199254740992.0, EntryValue.of(9007199254740993L)),
                row("real", 0.1f, fraction("0.10000000000000001")),
                row("boxedReal", 3f, EntryValue.of(3)),
                row("whole", BigInteger.TEN, EntryValue.of(10)),
                row("whole", BigInteger.TEN, fraction("1E+1")),
                row("whole", BigInteger.TEN, typed("decimal", "10")),
                row("decimal", new BigDecimal("10"), EntryValue.of(10)),
                row("decimal", new BigDecimal("29.990"), fraction("29.990")),
                row("decimal", new BigDecimal("29.99"), typed("decimal", "29.99")),
                row("instant", Instant.EPOCH, typed("datetime", "1970-01-01T00:00:00Z")),
                row("instant", Instant.EPOCH, text("1970-01-01T02:00:00+02:00")),
                row("date", LocalDate.EPOCH, typed("datetime", "1970-01-01")),
                row("uuid", new UUID(0, 0xA), text("00000000-0000-0000-0000-00000000000A")),
                row("numbers", Set.of(1), items(EntryValue.of(1), EntryValue.of(1))),
                row("point", new Point(0, null), fields("unknown", text("x"))),
                row("point", new Point(0, null), fields("x", ValueMapping.NULL)),
                row(
                        "tree",
                        new Tree("a", new Tree("b", new Tree("c"))),
                        fields(
                                "name",
                                text("a"),
                                "children",
                                items(fields("name", text("b"), "children", items(fields("name", text("c"))))))));
    }

    @ParameterizedTest
    @MethodSource("alsoRead")
    void what_others_wrote_is_read(String type, Object value, EntryValue entry) throws Misfit {
        assertThat(mapping(type).load(entry)).isEqualTo(value);
    }

    static Stream<Arguments> absent() {
        return Stream.of(
                row("text", null, null),
                row("flag", false, null),
                row("boxedFlag", null, null),
                row("octet", (byte) 0, null),
                row("boxedOctet", null, null),
                row("small", (short) 0, null),
                row("boxedSmall", null, null),
                row("number", 0, null),
                row("boxedNumber", null, null),
                row("large", 0L, null),
                row("boxedLarge", null, null),
                row("real", 0f, null),
                row("boxedReal", null, null),
                row("wide", 0d, null),
                row("boxedWide", null, null),
                row("decimal", null, null),
                row("instant", null, null),
                row("point", null, null),
                row("texts", List.of(), null),
                row("numbers", Set.of(), null),
                row("counts", Map.of(), null),
                row("maybe", Optional.empty(), null),
                row("maybeList", Optional.empty(), null),
                row("any", null, ValueMapping.NULL));
    }

    @ParameterizedTest
    @MethodSource("absent")
    void where_nothing_or_null_stands(String type, @Nullable Object nothing, @Nullable Object ofNull) throws Misfit {
        assertThat(mapping(type).absent()).isEqualTo(nothing);
        assertThat(mapping(type).load(ValueMapping.NULL)).isEqualTo(ofNull == null ? nothing : ofNull);
        assertThat(mapping(type).dump(null, 0)).isEqualTo(ValueMapping.NULL);
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                row("text", EntryValue.of(1), "expected a text, was the number 1"),
                row("text", typed("datetime", "x"), "expected a text, was a value of type datetime"),
                row("flag", text("true"), "expected true or false, was the text \"true\""),
                row("octet", EntryValue.of(128), "expected a whole number from -128 to 127, was the number 128"),
                row("octet", EntryValue.of(-129), "expected a whole number from -128 to 127, was the number -129"),
                row(
                        "small",
                        EntryValue.of(32768),
                        "expected a whole number from -32768 to 32767, was the number 32768"),
                row("number", EntryValue.of(1L << 31), "from -2147483648 to 2147483647, was the number 2147483648"),
                row("number", fraction("3.5"), "was the number 3.5"),
                row("large", fraction("9223372036854775808.0"), "was the number 9223372036854775808.0"),
                row("large", fraction("1E+2000000000"), "was the number 1E+2000000000"),
                row("large", text("1"), "was the text \"1\""),
                row("wide", fraction("1E+400"), "expected a number that a double can hold, was the number 1E+400"),
                row("real", fraction("1E+39"), "expected a number that a float can hold, was the number 1E+39"),
                row("wide", text("NaN"), "was the text \"NaN\""),
                row(
                        "whole",
                        fraction("1.5"),
                        "expected a whole number of at most 100000 characters, was the number 1.5"),
                row("whole", fraction("1E+2000000000"), "was the number 1E+2000000000"),
                row("whole", text("1".repeat(DecimalMapping.MAX_LENGTH + 1)), "1…\""),
                row("decimal", text("ten"), "expected a number of at most 100000 characters, was the text \"ten\""),
                row("decimal", typed("datetime", "10"), "was a value of type datetime"),
                row("instant", text("yesterday"), "expected a time such as 2026-03-31T12:00:00Z, was the text"),
                row("instant", EntryValue.of(0), "was the number 0"),
                row("date", typed("datetime", "2026-03-31T12:00:00Z"), "expected a date such as 2026-03-31, was"),
                row("year", text("5"), "expected a year such as 2026, was the text \"5\""),
                row("zone", text("Nowhere/Else"), "expected a time zone such as Europe/Berlin"),
                row("shade", text("GREY"), "expected one of LIGHT, DARK, was the text \"GREY\""),
                row("shade", text("light"), "was the text \"light\""),
                row("uuid", text("1-2-3-4-5"), "expected a UUID of 36 characters, was the text"),
                row("uuid", text("x".repeat(36)), "expected a UUID"),
                row("uri", text("a b"), "expected a URI, was the text \"a b\""),
                row(
                        "file",
                        fields("_type", text("file")),
                        "expected a reference to a file with its hash and size, was"),
                row("point", items(), "expected an object, was a list of 0"),
                row("point", typed("decimal", "1"), "expected an object, was a value of type decimal"),
                row("texts", fields("a", text("b")), "expected a list, was an object with the fields a"),
                row("counts", text("x"), "expected an object, was the text \"x\""),
                row("counts", typed("decimal", "1"), "expected an object, was a value of type decimal"),
                row("text", items(), "was a list of 0"),
                row("number", EntryValue.of(true), "was true"),
                row("maybe", EntryValue.of(1), "expected a text, was the number 1"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void what_cannot_be_read_says_what_it_is(String type, EntryValue entry, String message) {
        assertThatExceptionOfType(Misfit.class)
                .isThrownBy(() -> mapping(type).load(entry))
                .withMessageContaining(message);
    }

    static Stream<Arguments> places() {
        return Stream.of(
                row("texts", items(text("a"), EntryValue.of(1)), "[1]"),
                row("numbers", items(text("a")), "[0]"),
                row("counts", fields("a", EntryValue.of(1), "b", text("x")), "b"),
                row("point", fields("why", text("x")), "why"),
                row("pointsByName", fields("p", items(fields(), fields("x", text("?")))), "p[1]/x"),
                row("pairs", fields("second", fields("second", text("x"))), "second/second"),
                row("maybeList", items(text("x")), "[0]"));
    }

    @ParameterizedTest
    @MethodSource("places")
    void what_cannot_be_read_says_where_it_is(String type, EntryValue entry, String place) {
        assertThatExceptionOfType(Misfit.class)
                .isThrownBy(() -> mapping(type).load(entry))
                .matches(e -> e.place().equals(place), place);
    }

    static Stream<Arguments> unwritable() {
        return Stream.of(
                row("wide", Double.NaN, "", "expected a finite number, was NaN"),
                row("real", Float.NEGATIVE_INFINITY, "", "expected a finite number, was -Infinity"),
                row("counts", Map.of("", 1L), "", "was the key \"\""),
                row("counts", Map.of("_type", 1L), "", "was the key \"_type\""),
                row("counts", Map.of("_typed", 1L), "", "was the key \"_typed\""),
                row("counts", Collections.singletonMap(null, 1L), "", "was the key null"),
                row("whole", BigInteger.TEN.pow(DecimalMapping.MAX_LENGTH), "", "was one of 100001"),
                row("pointsByName", Map.of("p", List.of(), "", List.of()), "", "was the key \"\""),
                row(
                        "tree",
                        new Tree("a", new Tree("b", List.of(), Map.of("", new Tree("c")), Optional.empty())),
                        "children[0]/named",
                        "was the key \"\""));
    }

    @ParameterizedTest
    @MethodSource("unwritable")
    void what_cannot_be_written_says_where_and_why(String type, Object value, String place, String message) {
        assertThatExceptionOfType(Misfit.class)
                .isThrownBy(() -> mapping(type).dump(value, 0))
                .withMessageContaining(message)
                .matches(e -> e.place().equals(place), place);
    }

    @Test
    void trees_are_written_as_deep_as_values_go_and_no_deeper() throws Misfit {
        Tree tree = new Tree("leaf");
        for (int i = 1; i < EntryValue.MAX_DEPTH / 2; i++) {
            tree = new Tree("branch", tree);
        }
        // Each tree is an object with a list, so the list of the innermost one is the hundredth.
        EntryValue deepest = mapping("tree").dump(tree, 0);
        assertThat(mapping("tree").load(deepest)).isEqualTo(tree);

        Tree deeper = new Tree("root", tree);
        assertThatExceptionOfType(Misfit.class)
                .isThrownBy(() -> mapping("tree").dump(deeper, 0))
                .withMessageContaining("nested at most 100 deep");
        Tree same = tree;
        assertThatExceptionOfType(Misfit.class).isThrownBy(() -> mapping("tree").dump(same, 1));
    }

    @Test
    void a_tree_that_contains_itself_is_refused() {
        Tree[] within = new Tree[1];
        Tree round = new Tree("round", Arrays.asList(within), Map.of(), Optional.empty());
        within[0] = round;
        assertThatExceptionOfType(Misfit.class).isThrownBy(() -> mapping("tree").dump(round, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"texts", "numbers", "counts"})
    void what_is_read_cannot_be_modified(String type) throws Misfit {
        EntryValue given = type.equals("texts")
                ? items(text("a"))
                : type.equals("numbers") ? items(EntryValue.of(1)) : fields("a", EntryValue.of(1));
        for (Object read :
                Arrays.asList(mapping(type).load(given), mapping(type).absent())) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> {
                if (read instanceof Map<?, ?> map) {
                    map.put(null, null);
                } else if (read instanceof Collection<?> collection) {
                    collection.add(null);
                }
            });
        }
    }

    private static Arguments row(@Nullable Object... cells) {
        return Arguments.of(cells);
    }

    private static ValueMapping mapping(String type) {
        for (RecordComponent component : Types.class.getRecordComponents()) {
            if (component.getName().equals(type)) {
                return new ValueMappings().of(TypeShape.of(component.getGenericType(), Map.of(), type), type);
            }
        }
        throw new AssertionError(type);
    }

    private static EntryValue text(String text) {
        return EntryValue.of(text);
    }

    private static EntryValue fraction(String digits) {
        return new EntryValue.Fraction(new BigDecimal(digits));
    }

    private static EntryValue items(EntryValue... items) {
        return new EntryValue.Items(List.of(items));
    }

    private static EntryValue typed(String type, String text) {
        return fields("_type", text(type), "_typed", text(text));
    }

    private static EntryValue fields(Object... namesAndValues) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], (EntryValue) namesAndValues[i + 1]);
        }
        return new EntryValue.Fields(fields);
    }
}
