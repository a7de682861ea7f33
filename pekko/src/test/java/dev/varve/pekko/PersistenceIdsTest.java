package dev.varve.pekko;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which aggregate a persistence id is. */
final class PersistenceIdsTest {

    private final PersistenceIds ids = new PersistenceIds("pekko");

    @Test
    void a_typed_id_is_an_aggregate_of_its_type() {
        assertThat(ids.aggregate("Order|4711")).isEqualTo(new AggregateId("Order", "4711"));
        assertThat(ids.aggregate("Order|a|b")).isEqualTo(new AggregateId("Order", "a|b"));
    }

    @Test
    void any_other_id_is_an_aggregate_of_the_category() {
        for (String id : List.of("p-1", "/user/counter", "|1", "Order|", "a/b|1", "__x|1", "pekko|1")) {
            assertThat(ids.aggregate(id)).isEqualTo(new AggregateId("pekko", id));
        }
    }

    @Test
    void no_two_ids_are_the_same_aggregate() {
        Set<AggregateId> seen = new HashSet<>();
        for (String id :
                List.of("1", "pekko|1", "pekko/1", "a|1", "a/1", "a|b|1", "a||1", "pekko|pekko|1", "|1", "1|")) {
            assertThat(seen.add(ids.aggregate(id))).as(id).isTrue();
        }
    }
}
