package dev.varve.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.testkit.RepositoryContract;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Repositories over the entries of a real server keep the contract. */
final class HttpRepositoryTest extends RepositoryContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected Store store(String name) {
        return stores.store(name);
    }

    @Override
    protected void close() {
        stores.close();
    }

    /** The command line's logs go to Logback. */
    @Override
    protected List<String> logged(Runnable task) {
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

    /** As java.util.logging calls it. */
    private static String level(Level level) {
        return level == Level.WARN ? "WARNING" : level.toString();
    }
}
