package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JSON page is cut into its messages as they are. */
final class ContentTest {

    @Test
    void an_empty_array_has_no_elements() {
        assertThat(cut("[]")).isEmpty();
        assertThat(cut(" [ ] ")).isEmpty();
    }

    @Test
    void elements_keep_their_bytes() {
        assertThat(cut("[1, \"a,]b\\\"\" ,{\"x\":[1,{}]},[[]], null]"))
                .containsExactly("1", "\"a,]b\\\"\"", "{\"x\":[1,{}]}", "[[]]", "null");
    }

    @Test
    void half_an_array_is_an_error() {
        assertThatThrownBy(() -> cut("[1,{\"x\":2")).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<String> cut(String array) {
        return Content.elements(array.getBytes(StandardCharsets.UTF_8)).stream()
                .map(element -> new String(element, StandardCharsets.UTF_8))
                .toList();
    }
}
