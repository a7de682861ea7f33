package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

final class LogSetupTest {

    private final LoggerContext context = new LoggerContext();

    @Test
    void logback_finds_it() {
        assertThat(ServiceLoader.load(Configurator.class)).hasAtLeastOneElementOfType(LogSetup.class);
    }

    @Test
    void a_configuration_file_of_logback_goes_before_it() {
        // The tests have such a file.
        assertThat(new LogSetup().configure(context)).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders())
                .isExhausted();
    }

    @Test
    void a_line_has_time_level_and_name_and_what_is_less_than_information_is_left_out() {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, UTF_8));
        try {
            context.setMDCAdapter(new LogbackMDCAdapter());
            LogSetup.toStandardError(context);
            context.getLogger("dev.varve.server.Loop").debug("not this");
            context.getLogger("dev.varve.server.Loop").info("but this");
        } finally {
            context.stop();
            System.setErr(before);
        }
        assertThat(written.toString(UTF_8))
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  Loop but this\\R");
    }
}
