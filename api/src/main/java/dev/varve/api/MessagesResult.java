package dev.varve.api;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a read of separate messages came to.
 *
 * <pre>{@code
 * for (MessagesResult.Message message : streams.readMessages("orders", Offset.BEGINNING).messages()) {
 *     System.out.println(UTF_8.decode(message.data()) + ", go on at " + message.next());
 * }
 * }</pre>
 */
public sealed interface MessagesResult permits MessagesResult.Messages, Refusal {

    /**
     * Whole messages in stream order.
     *
     * @param messages the messages, may be empty
     * @param next where to go on reading
     * @param hasMore whether durable data beyond {@code next} existed
     * @param closed whether the stream is closed and this page reaches its final offset
     */
    record Messages(List<Message> messages, Offset next, boolean hasMore, boolean closed) implements MessagesResult {}

    /**
     * One message: an appended body, or in JSON mode one value.
     *
     * @param data the message's bytes; must not be changed
     * @param next the offset right after this message
     */
    record Message(ByteBuffer data, Offset next) {}
}
