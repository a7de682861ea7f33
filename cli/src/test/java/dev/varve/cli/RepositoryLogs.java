package dev.varve.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.varve.api.Repository;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What repositories log. The command line's logs go to Logback. */
final class RepositoryLogs {

    private RepositoryLogs() {}

    /** The lines while something runs, each after its level as java.util.logging calls it. */
    static List<String> during(Runnable task) {
        Logger logger = (Logger) LoggerFactory.getLogger(Repository.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            task.run();
        } finally {
            logger.detachAppender(lines);
        }
        return lines.list.stream()
                .map(line -> level(line.getLevel()) + " " + line.getFormattedMessage())
                .toList();
    }

    private static String level(Level level) {
        return level == Level.WARN ? "WARNING" : level.toString();
    }
}
