package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.EventQuery.Item;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What queries mean. */
final class EventQueryTest {

    private static Arguments row(EventQuery query, boolean matches, String type, String... tags) {
        return Arguments.of(query, matches, type, Set.of(tags));
    }

    static Stream<Arguments> table() {
        EventQuery x = EventQuery.types("X");
        EventQuery ab = EventQuery.tags("a", "b");
        EventQuery xOrAb = x.or(ab);
        EventQuery notX = EventQuery.of(new Item(Set.of(), Set.of(), Set.of("X")));
        return Stream.of(
                row(EventQuery.ALL, true, "X"),
                row(EventQuery.ALL, true, "Y", "a"),
                row(EventQuery.of(new Item(Set.of(), Set.of(), Set.of())), true, "X", "a"),
                row(x, true, "X"),
                row(x, true, "X", "a"),
                row(x, false, "x"),
                row(x, false, "XX"),
                row(EventQuery.types("X", "Y"), true, "Y"),
                row(EventQuery.types("X", "Y"), false, "Z"),
                row(ab, true, "X", "a", "b"),
                row(ab, true, "X", "c", "b", "a"),
                row(ab, false, "X", "a"),
                row(ab, false, "X"),
                row(EventQuery.tags("a"), false, "X", "A"),
                row(EventQuery.tags("a,b"), false, "X", "a", "b"),
                row(xOrAb, true, "X"),
                row(xOrAb, true, "Y", "a", "b"),
                row(xOrAb, false, "Y", "a"),
                row(x.or(EventQuery.ALL), true, "Y"),
                row(EventQuery.ALL.or(x), true, "Y"),
                row(notX, false, "X"),
                row(notX, true, "Y"),
                row(EventQuery.of(Item.types("X", "Y").without("Y")), false, "Y"),
                row(EventQuery.of(Item.types("X", "Y").without("Y")), true, "X"),
                row(EventQuery.of(Item.types("X").tagged("a")), true, "X", "a"),
                row(EventQuery.of(Item.types("X").tagged("a")), false, "X"),
                row(EventQuery.of(Item.types("X").tagged("a")), false, "Y", "a"),
                // What one item excludes another may mean.
                row(notX.or(EventQuery.tags("a")), true, "X", "a"),
                row(notX.or(EventQuery.tags("a")), false, "X"));
    }

    @ParameterizedTest
    @MethodSource("table")
    void means(EventQuery query, boolean matches, String type, Set<String> tags) {
        assertThat(query.matches(type, tags)).isEqualTo(matches);
    }

    @Test
    void has_bounds() {
        Set<String> most =
                IntStream.range(0, EventQuery.MAX_TERMS).mapToObj(i -> "t" + i).collect(Collectors.toSet());
        Set<String> more = new HashSet<>(most);
        more.add("one more");
        assertThat(new Item(most, most, most).types()).isEqualTo(most);
        refused(() -> new Item(more, Set.of(), Set.of()));
        refused(() -> new Item(Set.of(), more, Set.of()));
        refused(() -> new Item(Set.of(), Set.of(), more));
        Item item = Item.types("X");
        assertThat(new EventQuery(Collections.nCopies(EventQuery.MAX_ITEMS, item)).items())
                .hasSize(EventQuery.MAX_ITEMS);
        refused(() -> new EventQuery(Collections.nCopies(EventQuery.MAX_ITEMS + 1, item)));
    }

    @Test
    void names_only_what_an_event_can_have() {
        for (String term : List.of("", "\n", "\ud83d", "x".repeat(NewEvent.MAX_TAG_BYTES + 1))) {
            refused(() -> EventQuery.types(term));
            refused(() -> EventQuery.tags(term));
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(call)
                .extracting(VarveException::kind)
                .isEqualTo(ErrorKind.INVALID_PARAMS);
    }
}
