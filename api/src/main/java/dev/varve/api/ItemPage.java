package dev.varve.api;

import java.util.List;

/**
 * Values that a read came to. Immutable as far as the values are.
 *
 * <pre>{@code
 * ItemPosition from = ItemPosition.BEGINNING;
 * ItemPage<Visit> page;
 * do {
 *     page = visits.read(from);
 *     page.items().forEach(item -> System.out.println(item.value()));
 *     from = page.next();
 * } while (page.hasMore());
 * }</pre>
 *
 * @param <T> the values
 * @param items the values in stream order; none at the tail
 * @param next where to go on reading
 * @param hasMore whether more was there when the page was made
 * @param closed whether the stream is closed and this page reaches its end
 */
public record ItemPage<T>(List<StreamItem<T>> items, ItemPosition next, boolean hasMore, boolean closed) {

    /** Copies the list. */
    public ItemPage {
        items = List.copyOf(items);
    }
}
