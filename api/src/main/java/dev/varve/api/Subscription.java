package dev.varve.api;

/** A listener's registration. Thread-safe. */
public interface Subscription extends AutoCloseable {

    /** Ends the registration. Calls of the listener that are under way may still finish. Closing twice is harmless. */
    @Override
    void close();
}
