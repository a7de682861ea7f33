package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.engine.journal.JournalOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServeConfigTest {

    @TempDir
    Path directory;

    private Path file = Path.of("");
    private final Map<String, String> options = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("varve.conf");
    }

    @Test
    void defaults_hold_when_nobody_says_anything() {
        ServeConfig config = resolve();
        assertThat(config.get(ServeSettings.PORT)).isEqualTo(4437);
        assertThat(config.get(ServeSettings.HOST)).isEqualTo("127.0.0.1");
        assertThat(config.get(ServeSettings.DATA)).isEqualTo(Path.of("varve-data"));
        assertThat(config.get(ServeSettings.EPHEMERAL)).isFalse();
        assertThat(config.get(ServeSettings.LONG_POLL_TIMEOUT)).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.find(ServeSettings.PUBLIC_URL)).isEmpty();
    }

    @Test
    void webhook_targets_are_hosts_with_ports() {
        options.put("--webhook-targets", "hooks.lan:8080, 10.0.0.9:80");
        assertThat(resolve().get(ServeSettings.WEBHOOK_TARGETS)).containsExactly("hooks.lan:8080", "10.0.0.9:80");
        options.put("--webhook-targets", "hooks.lan");
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> resolve().get(ServeSettings.WEBHOOK_TARGETS))
                .withMessageContaining("\"hooks.lan\" is no host with a port");
    }

    @Test
    void the_largest_body_fits_into_a_small_file_of_the_journal() {
        assertThat(JournalSizes.options(resolve())).isEqualTo(JournalOptions.DEFAULTS);
        options.put("--journal-segment", "5000000");
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> JournalSizes.options(resolve()))
                .withMessageContaining("max-body is at most 610.0 KiB, and it is 16.0 MiB");
        options.put("--max-body", "512KiB");
        assertThat(JournalSizes.options(resolve()).segmentBytes()).isEqualTo(5_000_000 / 4096 * 4096);
    }

    @ParameterizedTest
    @CsvSource({
        "       ,     ,     , 4437",
        "    , , 3, 3",
        "    , 2, , 2",
        "    , 2, 3, 2",
        "1, , , 1",
        "1, , 3, 1",
        "1, 2, , 1",
        "1, 2, 3, 1"
    })
    void an_option_beats_the_environment_beats_the_file_beats_the_default(
            String option, String variable, String line, int expected) throws IOException {
        if (option != null) {
            options.put("--port", option);
        }
        if (variable != null) {
            environment.put("VARVE_PORT", variable);
        }
        if (line != null) {
            write("port = " + line);
        }
        assertThat(resolve().get(ServeSettings.PORT)).isEqualTo(expected);
    }

    @Test
    void the_file_may_be_named_by_the_environment() throws IOException {
        Files.writeString(file, "port = 5");
        environment.put("VARVE_CONFIG", file.toString());
        assertThat(resolve().get(ServeSettings.PORT)).isEqualTo(5);
    }

    @Test
    void a_file_has_keys_values_comments_and_empty_lines() throws IOException {
        write("""
                # comment = not read

                  long-poll-timeout=500ms
                data = /some where/with = and # in it
                ephemeral = true
                """);
        ServeConfig config = resolve();
        assertThat(config.get(ServeSettings.LONG_POLL_TIMEOUT)).isEqualTo(Duration.ofMillis(500));
        assertThat(config.get(ServeSettings.DATA)).isEqualTo(Path.of("/some where/with = and # in it"));
        assertThat(config.get(ServeSettings.EPHEMERAL)).isTrue();
    }

    @Test
    void an_empty_variable_counts_as_absent() {
        environment.put("VARVE_PORT", "");
        assertThat(resolve().get(ServeSettings.PORT)).isEqualTo(4437);
    }

    @ParameterizedTest
    @CsvSource({
        "prot = 1, prot, port",
        "long_poll_timeout = 1s, long_poll_timeout, long-poll-timeout",
        "dat=x, dat, data"
    })
    void an_unknown_key_is_an_error_that_names_the_nearest(String line, String key, String nearest) throws IOException {
        write("# first\n" + line);
        refused(file + ":2: there is no setting " + key + "; the nearest is " + nearest);
    }

    @Test
    void a_key_set_twice_is_an_error_that_names_both_places() throws IOException {
        write("port = 1\n\nport = 2");
        refused(file + ":3: port was set before, at " + file + ":1");
    }

    @Test
    void a_line_without_a_value_is_an_error() throws IOException {
        write("port 1");
        refused(file + ":1: \"port 1\" is not of the form key = value");
    }

    @Test
    void a_missing_file_is_an_error() {
        options.put("--config", file.toString());
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(this::resolve)
                .withMessageContaining("cannot read the configuration file " + file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port | 70000 | 70000 is not between 0 and 65535",
                "port | many | \"many\" is not a whole number",
                "ephemeral | yes | \"yes\" is neither true nor false",
                "long-poll-timeout | 0s | it must be more than zero",
                "public-url | ftp://x | \"ftp://x\" is not an http or https URL",
                "max-body | 1GiB | 1GiB is not between 1KiB and 64MiB",
                "log-level | loud | \"loud\" is none of error, warn, info, debug"
            })
    void a_value_that_cannot_be_read_names_its_place(String name, String value, String reason) throws IOException {
        options.put("--" + name, value);
        refused("--" + name + ": " + reason);
        options.clear();

        String variable = "VARVE_" + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_');
        environment.put(variable, value);
        refused(variable + ": " + reason);
        environment.clear();

        write(name + " = " + value);
        refused(file + ":1: " + name + ": " + reason);
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
        options.put("--config", file.toString());
    }

    private void refused(String message) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(this::resolve)
                .withMessage(message);
    }

    private ServeConfig resolve() {
        return ServeConfig.resolve(ServeSettings.ALL, name -> Optional.ofNullable(options.get(name)), environment);
    }
}
