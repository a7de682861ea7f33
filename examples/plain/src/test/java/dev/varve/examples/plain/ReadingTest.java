package dev.varve.examples.plain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Varve;
import dev.varve.junit.VarveTest;
import dev.varve.junit.VarveUrl;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program does the same in memory, in a directory and on a server. */
@VarveTest
final class ReadingTest {

    private static String run(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, UTF_8));
        try {
            Reading.main(arguments);
        } finally {
            System.setOut(before);
        }
        return printed.toString(UTF_8);
    }

    private static final String FIRST = """
            refused, as somebody was faster: conflict
            theme: dark
            dust: Dust, visits: 0
            varve: Varve, visits: 1
            notes: [{"read":"varve"}]
            """;

    @Test
    void in_memory() {
        assertThat(run()).isEqualToNormalizingNewlines(FIRST);
    }

    @Test
    void in_a_directory_it_goes_on_where_it_was(@TempDir Path directory) {
        String data = directory.resolve("data").toString();
        assertThat(run(data)).isEqualToNormalizingNewlines(FIRST);
        assertThat(run(data))
                .contains("varve: Varve, visits: 2")
                .contains("notes: [{\"read\":\"varve\"},{\"read\":\"varve\"}]");
    }

    @Test
    void on_a_server(@VarveUrl URI url, Varve varve) {
        assertThat(run(url.toString())).isEqualToNormalizingNewlines(FIRST);
        assertThat(varve.store("examples/reading").repository(Link.class).get("varve"))
                .isEqualTo(new Link("varve", "Varve", 1));
    }
}
