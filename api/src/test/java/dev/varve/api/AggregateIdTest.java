package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AggregateIdTest {

    private static final List<String> CHARACTERS = List.of(
            " ", "a", "b", "\u00e9", "\ud7ff", "\ue000", "\uffee", "\ud83d\ude00", "\ud83d\ude01", "\udbff\udffd");

    @Test
    void aggregates_are_in_the_order_of_the_bytes_of_their_types_and_ids() {
        List<String> texts = new ArrayList<>(CHARACTERS);
        for (String first : CHARACTERS) {
            CHARACTERS.forEach(second -> texts.add(first + second));
        }
        for (String one : texts) {
            for (String other : texts) {
                int bytes = Integer.signum(Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8)));
                assertThat(Integer.signum(new AggregateId("t", one).compareTo(new AggregateId("t", other))))
                        .isEqualTo(bytes);
                assertThat(Integer.signum(new AggregateId(one, "z").compareTo(new AggregateId(other, "a"))))
                        .isEqualTo(bytes == 0 ? 1 : bytes);
            }
        }
    }
}
