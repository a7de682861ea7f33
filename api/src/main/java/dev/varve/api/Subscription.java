package dev.varve.api;

/**
 * A listener's registration. Thread-safe.
 *
 * <pre>{@code
 * try (Subscription told = streams.subscribe(
 *         "log",
 *         Offset.NOW,
 *         FollowOptions.DEFAULT,
 *         page -> System.out.print(UTF_8.decode(page.data())),
 *         end -> System.out.println("nothing more will come"))) {
 *     streams.append("log", "hello\n".getBytes(UTF_8));
 * }
 * }</pre>
 */
public interface Subscription extends AutoCloseable {

    /** Ends the registration. Calls of the listener that are under way may still finish. Closing twice is harmless. */
    @Override
    void close();
}
