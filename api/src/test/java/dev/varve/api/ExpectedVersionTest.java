package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.ExpectedVersion.AllOf;
import dev.varve.api.ExpectedVersion.AnyOf;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import dev.varve.api.ExpectedVersion.Not;
import dev.varve.api.ExpectedVersion.OneOf;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When expectations hold, and how they are written. */
final class ExpectedVersionTest {

    private static final ExpectedVersion ANY = ExpectedVersion.any();
    private static final ExpectedVersion NO_STREAM = ExpectedVersion.noStream();
    private static final ExpectedVersion EXISTS = ExpectedVersion.exists();
    private static final ExpectedVersion SOFT_DELETED = ExpectedVersion.softDeleted();

    /** Whether it holds for: empty, live at 0, live at 2, soft-deleted, tombstoned. */
    private static Arguments row(ExpectedVersion expected, boolean... holds) {
        return Arguments.of(expected, holds);
    }

    private static Compared compared(Comparison comparison, long version) {
        return new Compared(comparison, version);
    }

    static Stream<Arguments> table() {
        return Stream.of(
                row(ANY, true, true, true, true, true),
                row(NO_STREAM, true, false, false, true, true),
                row(EXISTS, false, true, true, false, false),
                row(SOFT_DELETED, false, false, false, true, false),
                row(ExpectedVersion.exactly(0), false, true, false, false, false),
                row(ExpectedVersion.exactly(1), false, false, false, false, false),
                row(ExpectedVersion.exactly(2), false, false, true, false, false),
                row(compared(Comparison.NE, -1), false, true, true, false, false),
                row(compared(Comparison.NE, 0), true, false, true, true, true),
                row(compared(Comparison.NE, 1), true, true, true, true, true),
                row(compared(Comparison.LT, -1), false, false, false, false, false),
                row(compared(Comparison.LT, 0), true, false, false, true, true),
                row(compared(Comparison.LT, 2), true, true, false, true, true),
                row(compared(Comparison.LT, 3), true, true, true, true, true),
                row(compared(Comparison.LTE, -1), true, false, false, true, true),
                row(compared(Comparison.LTE, 1), true, true, false, true, true),
                row(compared(Comparison.LTE, 2), true, true, true, true, true),
                row(compared(Comparison.GT, -1), false, true, true, false, false),
                row(compared(Comparison.GT, 1), false, false, true, false, false),
                row(compared(Comparison.GT, 2), false, false, false, false, false),
                row(compared(Comparison.GTE, -1), true, true, true, true, true),
                row(compared(Comparison.GTE, 2), false, false, true, false, false),
                row(compared(Comparison.GTE, 3), false, false, false, false, false),
                row(new OneOf(Set.of(-1L)), true, false, false, true, true),
                row(new OneOf(Set.of(0L, 1L)), false, true, false, false, false),
                row(new OneOf(Set.of(-1L, 2L)), true, false, true, true, true),
                row(new Not(ANY), false, false, false, false, false),
                row(new Not(NO_STREAM), false, true, true, false, false),
                row(new Not(EXISTS), true, false, false, true, true),
                row(new Not(SOFT_DELETED), true, true, true, false, true),
                row(new Not(ExpectedVersion.exactly(2)), true, true, false, true, true),
                row(new AllOf(List.of(EXISTS)), false, true, true, false, false),
                row(new AllOf(List.of(NO_STREAM, new Not(SOFT_DELETED))), true, false, false, false, true),
                row(new AllOf(List.of(EXISTS, SOFT_DELETED)), false, false, false, false, false),
                row(new AnyOf(List.of(SOFT_DELETED)), false, false, false, true, false),
                row(new AnyOf(List.of(SOFT_DELETED, ExpectedVersion.exactly(2))), false, false, true, true, false),
                row(
                        new AnyOf(List.of(new AllOf(List.of(EXISTS, compared(Comparison.LT, 1))), SOFT_DELETED)),
                        false,
                        true,
                        false,
                        true,
                        false));
    }

    @ParameterizedTest
    @MethodSource("table")
    void holds(ExpectedVersion expected, boolean[] holds) {
        assertThat(expected.holds(AggregateStatus.EMPTY, EventStore.EMPTY)).isEqualTo(holds[0]);
        assertThat(expected.holds(AggregateStatus.LIVE, 0)).isEqualTo(holds[1]);
        assertThat(expected.holds(AggregateStatus.LIVE, 2)).isEqualTo(holds[2]);
        // The version that it had does not matter.
        for (long version = EventStore.EMPTY; version < 4; version++) {
            assertThat(expected.holds(AggregateStatus.SOFT_DELETED, version)).isEqualTo(holds[3]);
            assertThat(expected.holds(AggregateStatus.TOMBSTONED, version)).isEqualTo(holds[4]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "any, any",
        ":any, any",
        "noStream, none",
        "no_stream, none",
        ":no_stream, none",
        "empty, none",
        ":empty, none",
        "-1, none",
        "exists, exists",
        "softDeleted, deleted",
        "soft_deleted, deleted",
        "0, 0",
        "17, 17",
        "+4, 4",
        "9223372036854775807, 9223372036854775807"
    })
    void is_read_from_text(String text, String meaning) {
        ExpectedVersion expected = switch (meaning) {
            case "any" -> ANY;
            case "none" -> NO_STREAM;
            case "exists" -> EXISTS;
            case "deleted" -> SOFT_DELETED;
            default -> new ExpectedVersion.Exactly(Long.parseLong(meaning));
        };
        assertThat(ExpectedVersion.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-2", "1.0", "Any", "0x1", "9223372036854775808", "exists ", "null"})
    void other_text_is_refused(String text) {
        refused(() -> ExpectedVersion.parse(text));
    }

    @Test
    void exactly_empty_means_no_stream() {
        assertThat(ExpectedVersion.exactly(EventStore.EMPTY)).isEqualTo(NO_STREAM);
        refused(() -> ExpectedVersion.exactly(-2));
        refused(() -> new ExpectedVersion.Exactly(-1));
    }

    @Test
    void combinations_have_parts_but_not_too_many() {
        Set<Long> most = LongStream.range(0, ExpectedVersion.MAX_PARTS).boxed().collect(Collectors.toSet());
        assertThat(new OneOf(most).versions()).isEqualTo(most);
        assertThat(new AllOf(Collections.nCopies(ExpectedVersion.MAX_PARTS, ANY)).parts())
                .hasSize(ExpectedVersion.MAX_PARTS);
        List<ExpectedVersion> more = Collections.nCopies(ExpectedVersion.MAX_PARTS + 1, ANY);
        refused(() -> new AllOf(more));
        refused(() -> new AnyOf(more));
        refused(() -> new AllOf(List.of()));
        refused(() -> new AnyOf(List.of()));
        refused(() -> new OneOf(Set.of()));
        refused(() -> new OneOf(
                LongStream.rangeClosed(0, ExpectedVersion.MAX_PARTS).boxed().collect(Collectors.toSet())));
    }

    private static void refused(ThrowingCallable call) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(call)
                .extracting(VarveException::kind)
                .isEqualTo(ErrorKind.INVALID_PARAMS);
    }
}
