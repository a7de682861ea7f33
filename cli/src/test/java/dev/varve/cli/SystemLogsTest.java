package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class SystemLogsTest {

    private final ListAppender<ILoggingEvent> seen = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();

    @BeforeEach
    void listen() {
        root.setLevel(Level.DEBUG);
        seen.start();
        root.addAppender(seen);
    }

    @AfterEach
    void restore() {
        root.detachAppender(seen);
        root.setLevel(before);
    }

    @Test
    void what_the_engine_says_arrives_with_its_level_and_cause() {
        System.Logger logger = System.getLogger("dev.varve.engine.Sample");
        IllegalStateException cause = new IllegalStateException("why");
        logger.log(System.Logger.Level.ERROR, "it failed", cause);
        logger.log(System.Logger.Level.INFO, "{0} of {1}", 3, "four");
        logger.log(System.Logger.Level.DEBUG, "as {it} is");
        assertThat(seen.list)
                .extracting(ILoggingEvent::getLevel, ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        tuple(Level.ERROR, "it failed"),
                        tuple(Level.INFO, "3 of four"),
                        tuple(Level.DEBUG, "as {it} is"));
        assertThat(seen.list.getFirst().getThrowableProxy().getMessage()).isEqualTo("why");
    }

    @Test
    void of_the_jdk_only_warnings_arrive() {
        System.Logger logger = System.getLogger("jdk.sample");
        assertThat(logger.isLoggable(System.Logger.Level.INFO)).isFalse();
        logger.log(System.Logger.Level.INFO, "chatter");
        logger.log(System.Logger.Level.WARNING, "careful");
        assertThat(seen.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("careful");
    }

    @Test
    void the_level_that_was_asked_for_holds() {
        root.setLevel(Level.WARN);
        System.Logger logger = System.getLogger("dev.varve.engine.Sample");
        assertThat(logger.isLoggable(System.Logger.Level.INFO)).isFalse();
        assertThat(logger.isLoggable(System.Logger.Level.WARNING)).isTrue();
        assertThat(logger.isLoggable(System.Logger.Level.OFF)).isFalse();
    }
}
