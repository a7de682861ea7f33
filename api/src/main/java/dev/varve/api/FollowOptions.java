package dev.varve.api;

/**
 * How a stream is followed. Where the streams are embedded there is nothing to choose. Immutable.
 *
 * <pre>{@code
 * try (StreamReader reader = streams.follow("log", Offset.BEGINNING, FollowOptions.EVENTS)) {
 *     reader.next(Duration.ofSeconds(1)).ifPresent(page -> System.out.print(UTF_8.decode(page.data())));
 * }
 * }</pre>
 *
 * @param live how a remote reader hears of new data once it has caught up
 */
public record FollowOptions(Live live) {

    /** How a remote reader hears of new data. */
    public enum Live {
        /** One request for each page, which the server answers when there is data: exact, and passes through every proxy. */
        LONG_POLL,
        /**
         * One answer that goes on: less work for both sides when much is appended, and data comes a little sooner. Server-sent
         * events carry the line ends of text changed: in a stream of type {@code text/*} every CR LF and lone CR arrives as LF. JSON
         * and binary streams arrive as they are.
         */
        EVENTS
    }

    /** By long-polling. */
    public static final FollowOptions DEFAULT = new FollowOptions(Live.LONG_POLL);

    /** By server-sent events. */
    public static final FollowOptions EVENTS = new FollowOptions(Live.EVENTS);
}
