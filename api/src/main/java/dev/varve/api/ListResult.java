package dev.varve.api;

import java.util.List;

/** What a listing came to. */
public sealed interface ListResult permits ListResult.Listing, Refusal {

    /**
     * Streams in byte order of their paths.
     *
     * @param streams the streams of this page
     * @param hasMore whether streams follow after the last one of this page
     */
    record Listing(List<StreamMetadata> streams, boolean hasMore) implements ListResult {}
}
