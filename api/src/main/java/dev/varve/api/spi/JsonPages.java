package dev.varve.api.spi;

import dev.varve.api.MessagesResult.Message;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Takes the pages of JSON streams apart. Thread-safe.
 *
 * <pre>{@code
 * ReadResult.Page page = streams.read("orders", Offset.BEGINNING);
 * if (JsonPages.isJson(page.contentType())) {
 *     JsonPages.messages(page).orElseThrow().forEach(message -> System.out.println(message.next()));
 * }
 * }</pre>
 */
public final class JsonPages {
    private JsonPages() {}

    /**
     * Whether a content type means JSON mode.
     *
     * @param contentType the content type, parameters included
     * @return true when its media type is {@code application/json}
     */
    public static boolean isJson(String contentType) {
        int parameters = contentType.indexOf(';');
        String media = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return media.strip().toLowerCase(Locale.ROOT).equals("application/json");
    }

    /**
     * The messages of a page, each with the offset after it. Pages do not carry those; Varve counts a message's bytes
     * and one more, so they can be counted up, and the page's own end proves the count.
     *
     * @param page a page of a JSON stream
     * @return the messages, or nothing when the server counts in another way
     * @throws IllegalArgumentException when the page is not one JSON array
     */
    public static Optional<List<Message>> messages(ReadResult.Page page) {
        List<ByteBuffer> elements = JsonArrays.elements(page.data());
        if (page.start().isSentinel() || page.start().isOpaque() || page.next().isOpaque()) {
            return Optional.empty();
        }
        List<Message> messages = new ArrayList<>(elements.size());
        long position = page.start().position();
        for (ByteBuffer element : elements) {
            position += element.remaining() + 1;
            messages.add(new Message(element, Offset.at(position)));
        }
        return position == page.next().position() ? Optional.of(List.copyOf(messages)) : Optional.empty();
    }
}
