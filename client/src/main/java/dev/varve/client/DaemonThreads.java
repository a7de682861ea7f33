package dev.varve.client;

import java.util.concurrent.ThreadFactory;

/** Makes threads that keep no program from ending. Stateless. */
final class DaemonThreads {

    private DaemonThreads() {}

    static ThreadFactory named(String name) {
        return work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
