package dev.varve.cli;

/** Where to register for signals. Thread-safe. */
@FunctionalInterface
interface Signals {

    /**
     * Runs an action, on a thread of its own, each time a signal comes, instead of what the JVM would do.
     *
     * @param name without {@code SIG}, for example {@code TERM}
     */
    void on(String name, Runnable action);

    /** Those of this process. */
    static Signals ofProcess() {
        return org.jline.utils.Signals::register;
    }
}
