package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.cli.CommandLineRun.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VarveCommandTest {

    @ParameterizedTest
    @ValueSource(strings = {"--version", "--help", "help", "help stream", "stream --help", "serve --help"})
    void what_only_informs_ends_well(String line) {
        Result result = new CommandLineRun().run(line.split(" "));
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isNotBlank();
        assertThat(result.err()).isEmpty();
    }

    @Test
    void without_a_command_it_says_what_to_do() {
        Result result = new CommandLineRun().run();
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("varve: say what to do, for example: varve serve");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void a_shell_can_be_taught_every_command(String shell) {
        Result result = new CommandLineRun().run("completion", shell);
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("serve", "stream", "append", "--until-tail", "--long-poll-timeout");
    }

    @Test
    void an_unknown_shell_is_wrong_usage() {
        assertThat(new CommandLineRun().run("completion", "fish").exitCode()).isEqualTo(2);
    }

    @Test
    void help_is_not_wider_than_a_terminal() {
        for (String command : new String[] {"stream append", "stream tail", "serve", "stream"}) {
            Result help = new CommandLineRun().run((command + " --help").split(" "));
            assertThat(help.out().lines()).allMatch(line -> line.length() <= 80, "80 columns, of " + command);
        }
    }
}
