package dev.varve.server.subscriptions;

import dev.varve.api.ErrorKind;
import dev.varve.api.ListResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks at streams without changing them: their configuration and tails, not their data. Thread-safe. */
final class StreamLook {

    private static final int LIST_PAGE = 1_000;
    private static final int LOOKUPS_AT_ONCE = 64;

    private final StreamStorage storage;
    private final Executor executor;

    /**
     * Creates a look.
     *
     * @param executor where takers are called and results complete
     */
    StreamLook(StreamStorage storage, Executor executor) {
        this.storage = storage;
        this.executor = executor;
    }

    /** Gives every stream below a prefix to a taker, page by page. */
    CompletableFuture<Void> list(String prefix, Consumer<StreamMetadata> taker) {
        return list(prefix, null, taker);
    }

    private CompletableFuture<Void> list(String prefix, @Nullable String after, Consumer<StreamMetadata> taker) {
        return storage.list(prefix, after, LIST_PAGE)
                .thenComposeAsync(
                        result -> switch (result) {
                            case ListResult.Listing page -> {
                                page.streams().forEach(taker);
                                yield page.hasMore()
                                        ? list(prefix, page.streams().getLast().path(), taker)
                                        : CompletableFuture.completedFuture(null);
                            }
                            case Refusal refusal ->
                                CompletableFuture.failedFuture(new VarveException(refusal.kind(), refusal.detail()));
                        },
                        executor);
    }

    /** Gives each of some streams to a taker, or its path to another when there is none. */
    CompletableFuture<Void> lookUp(List<String> paths, Consumer<StreamMetadata> taker, Consumer<String> missing) {
        List<String> now = paths.subList(0, Math.min(paths.size(), LOOKUPS_AT_ONCE));
        List<String> later = paths.subList(now.size(), paths.size());
        List<CompletableFuture<MetadataResult>> results =
                now.stream().map(storage::metadata).toList();
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenComposeAsync(
                        done -> {
                            for (int i = 0; i < now.size(); i++) {
                                take(now.get(i), results.get(i).resultNow(), taker, missing);
                            }
                            return later.isEmpty()
                                    ? CompletableFuture.completedFuture(null)
                                    : lookUp(later, taker, missing);
                        },
                        executor);
    }

    private static void take(
            String path, MetadataResult result, Consumer<StreamMetadata> taker, Consumer<String> missing) {
        switch (result) {
            case StreamMetadata stream -> taker.accept(stream);
            case Refusal refusal -> {
                if (refusal.kind() != ErrorKind.NOT_FOUND && refusal.kind() != ErrorKind.GONE) {
                    throw new VarveException(refusal.kind(), refusal.detail());
                }
                missing.accept(path);
            }
        }
    }
}
