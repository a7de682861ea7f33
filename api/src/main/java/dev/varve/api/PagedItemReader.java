package dev.varve.api;

import dev.varve.api.spi.JsonArrays;
import dev.varve.api.spi.JsonPages;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Takes the pages of a reader apart. Confined to one thread at a time, except for {@link #close()}. */
final class PagedItemReader<T> implements ItemReader<T> {

    /** How long one wait lasts at most; whoever wants to wait for ever waits again. */
    private static final Duration LONG = Duration.ofHours(1);

    private final StreamReader pages;
    private final StreamCodec<T> codec;
    private volatile boolean closed;

    /** What is left of a page. */
    private List<RawItem> page = List.of();

    private int taken;
    private int skip;
    private ItemPosition position;

    /** A message that is not decoded yet. */
    private record RawItem(ByteBuffer message, ItemPosition next) {}

    PagedItemReader(StreamReader pages, ItemPosition from, StreamCodec<T> codec) {
        this.pages = pages;
        this.codec = codec;
        this.skip = from.skip();
        this.position = new ItemPosition(pages.position(), from.skip());
    }

    @Override
    public Optional<StreamItem<T>> next(Duration wait) {
        return fill(wait) ? Optional.of(take()) : Optional.empty();
    }

    @Override
    public boolean hasNext() {
        while (!fill(LONG)) {
            if (closed || pages.atEnd()) {
                return false;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new VarveException(
                        ErrorKind.TIMEOUT, "the thread was interrupted while it waited for the next item of a stream");
            }
        }
        return true;
    }

    @Override
    public StreamItem<T> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the stream has come to its end, or its reader was closed");
        }
        return take();
    }

    /** Whether an item is at hand; waits for it. */
    private boolean fill(Duration wait) {
        if (closed) {
            return false;
        }
        long began = System.nanoTime();
        while (taken == page.size()) {
            Duration left = wait.minusNanos(System.nanoTime() - began);
            Optional<ReadResult.Page> next = pages.next(left.isNegative() ? Duration.ZERO : left);
            if (next.isEmpty()) {
                return false;
            }
            page = items(next.get());
            taken = Math.min(skip, page.size());
            skip -= taken;
        }
        return true;
    }

    private StreamItem<T> take() {
        RawItem raw = page.get(taken++);
        position = raw.next;
        return new StreamItem<>(codec.decode(raw.message), raw.next);
    }

    @Override
    public ItemPosition position() {
        return position;
    }

    @Override
    public boolean atEnd() {
        return pages.atEnd() && taken == page.size();
    }

    @Override
    public void close() {
        closed = true;
        pages.close();
    }

    /** The values of a page. */
    static <T> ItemPage<T> page(ReadResult.Page page, ItemPosition from, StreamCodec<T> codec) {
        List<StreamItem<T>> items = new ArrayList<>();
        List<RawItem> raw = items(page);
        for (RawItem item : raw.subList(Math.min(from.skip(), raw.size()), raw.size())) {
            items.add(new StreamItem<>(codec.decode(item.message), item.next));
        }
        int missing = Math.max(0, from.skip() - raw.size());
        return new ItemPage<>(items, new ItemPosition(page.next(), missing), page.hasMore(), page.closed());
    }

    private static List<RawItem> items(ReadResult.Page page) {
        if (!JsonPages.isJson(page.contentType())) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "only streams of type application/json keep the boundaries of their items; this one is "
                            + page.contentType());
        }
        List<RawItem> items = new ArrayList<>();
        try {
            Optional<List<MessagesResult.Message>> counted = JsonPages.messages(page);
            if (counted.isPresent()) {
                counted.get()
                        .forEach(message -> items.add(new RawItem(message.data(), ItemPosition.at(message.next()))));
                return items;
            }
            for (ByteBuffer element : JsonArrays.elements(page.data())) {
                items.add(new RawItem(element, new ItemPosition(page.start(), items.size() + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw new VarveException(ErrorKind.HTTP, "a page of a JSON stream is broken: " + e.getMessage(), e);
        }
        if (!items.isEmpty()) {
            items.set(items.size() - 1, new RawItem(items.get(items.size() - 1).message, ItemPosition.at(page.next())));
        }
        return items;
    }
}
