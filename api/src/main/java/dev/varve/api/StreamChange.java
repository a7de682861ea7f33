package dev.varve.api;

/**
 * A durable change of a stream. Immutable.
 *
 * <pre>{@code
 * StreamListener listener = change -> {
 *     if (change.type() == StreamChange.Type.APPENDED) {
 *         System.out.println(change.path() + " goes on from " + change.from() + " to " + change.next());
 *     }
 * };
 * try (Subscription told = storage.subscribeAll(listener)) {
 *     storage.append(AppendRequest.of("log", "text/plain", "hello\n".getBytes(UTF_8))).join();
 * }
 * }</pre>
 *
 * @param path the stream
 * @param incarnation which stream of that path
 * @param type what happened
 * @param from the tail before the change
 * @param next the tail after the change
 * @param closed whether the stream is closed after the change
 */
public record StreamChange(String path, long incarnation, Type type, Offset from, Offset next, boolean closed) {

    /** The sorts of change. A creation with a body is one {@link #CREATED} change with {@code from} before the body. */
    public enum Type {
        /** The stream came to be. */
        CREATED,
        /** Data was appended, the stream was closed, or both. */
        APPENDED,
        /** The stream was deleted or has expired. */
        DELETED
    }
}
