package dev.varve.api;

import java.util.List;

/**
 * What a listing came to.
 *
 * <pre>{@code
 * ListResult.Listing page = streams.list("orders", null, 100);
 * page.streams().forEach(stream -> System.out.println(stream.path() + " up to " + stream.next()));
 * if (page.hasMore()) {
 *     String last = page.streams().get(page.streams().size() - 1).path();
 *     page = streams.list("orders", last, 100);
 * }
 * }</pre>
 */
public sealed interface ListResult permits ListResult.Listing, Refusal {

    /**
     * Streams in byte order of their paths.
     *
     * @param streams the streams of this page
     * @param hasMore whether streams follow after the last one of this page
     */
    record Listing(List<StreamMetadata> streams, boolean hasMore) implements ListResult {}
}
