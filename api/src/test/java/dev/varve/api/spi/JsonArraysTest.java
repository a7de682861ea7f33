package dev.varve.api.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonArraysTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                      | ``",
                "[ ]                     | ``",
                "[1]                     | 1",
                "[1,2]                   | 1;2",
                " [ 1 , 2 ]              | 1;2",
                "[[1,2],[3]]             | [1,2];[3]",
                "[{\"a\":[1,{}]},null]   | {\"a\":[1,{}]};null",
                "[\"],[\",\"\\\"]\"]     | \"],[\";\"\\\"]\"",
                "[\"\\\\\",true]         | \"\\\\\";true",
                "[\"grüße\"]             | \"grüße\""
            })
    void an_array_is_cut_at_its_own_commas_only(String array, String elements) {
        assertThat(String.join(";", cut(array))).isEqualTo(elements);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1", "{}", "[", "[1", "[1,", "[1,]", "[,1]", "[\"a]", "[1]]", "[1] 2", "[[1]"})
    void what_is_not_one_array_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> cut(text));
    }

    @Test
    void position_and_limit_of_the_buffer_are_honoured_and_left_alone() {
        ByteBuffer buffer = ByteBuffer.wrap("xx[1,2]yy".getBytes(UTF_8));
        buffer.position(2).limit(7);
        assertThat(JsonArrays.elements(buffer)).hasSize(2);
        assertThat(buffer.position()).isEqualTo(2);
        assertThat(buffer.limit()).isEqualTo(7);
    }

    private static List<String> cut(String array) {
        return JsonArrays.elements(ByteBuffer.wrap(array.getBytes(UTF_8))).stream()
                .map(element -> UTF_8.decode(element).toString())
                .toList();
    }
}
