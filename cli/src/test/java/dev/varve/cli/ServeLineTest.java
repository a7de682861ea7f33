package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

/** A plain {@code varve serve}, read without picocli, means what it means with it. */
final class ServeLineTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "serve --port 0",
                "serve --port=0 --data=a=b",
                "serve --ephemeral",
                "serve --ephemeral --port 1",
                "serve --port 1 --ephemeral=false",
                "serve --config varve.conf --insecure-no-auth --host ::",
                "serve --port x"
            })
    void a_plain_line_is_read_as_picocli_reads_it(String line) {
        assertThat(ServeLine.read(words(line))).isEqualTo(byPicocli(words(line)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void every_setting_is_read_as_picocli_reads_it(Setting<?> setting) {
        for (String text : List.of("1", "a b", "true", "x=y")) {
            List<String> joined = List.of("serve", setting.option() + "=" + text);
            assertThat(ServeLine.read(joined)).isEqualTo(byPicocli(joined));
            if (!setting.isFlag()) {
                List<String> apart = List.of("serve", setting.option(), text);
                assertThat(ServeLine.read(apart)).isEqualTo(byPicocli(apart));
            }
        }
    }

    static Stream<Setting<?>> settings() {
        return ServeSettings.ALL.stream();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--version",
                "stream list",
                "serve --help",
                "serve -h",
                "serve --prot 1",
                "serve --prot=1",
                "serve 1",
                "serve --",
                "serve --port",
                "serve --port 1 --data",
                "serve --port --data",
                "serve --port -1",
                "serve --port=",
                "serve --port 1 --port 2",
                "serve --ephemeral --ephemeral",
                "serve --ephemeral false",
                "serve --data @file",
                "serve @file",
                "serve --data \"x\""
            })
    void anything_else_is_left_to_picocli(String line) {
        assertThat(ServeLine.read(words(line))).isNull();
    }

    @Test
    void no_words_at_all_are_left_to_picocli() {
        assertThat(ServeLine.read(List.of())).isNull();
    }

    private static List<String> words(String line) {
        return List.of(line.split(" "));
    }

    private static Map<String, String> byPicocli(List<String> args) {
        Io io = new Io(
                InputStream.nullInputStream(),
                OutputStream.nullOutputStream(),
                System.err,
                () -> false,
                () -> false,
                Map.of(),
                (name, action) -> {},
                () -> 0);
        StorageFactory none = config -> {
            throw new AssertionError("parsing opens nothing");
        };
        ParseResult serve = VarveCommand.commandLine(io, none)
                .parseArgs(args.toArray(String[]::new))
                .subcommand();
        Map<String, String> given = new HashMap<>();
        serve.matchedOptions().forEach(option -> given.put(option.longestName(), option.getValue()));
        return given;
    }
}
