package dev.varve.server;

import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import java.util.concurrent.CompletableFuture;

/**
 * What reading a stream takes, whether somebody wrote it or it is a view of something else. The methods mean what those of
 * {@link StreamStorage} do. Thread-safe.
 */
interface StreamReads {

    CompletableFuture<MetadataResult> metadata(String path);

    CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes);

    CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes);

    /**
     * As {@link StreamStorage#subscribe}.
     *
     * @throws dev.varve.api.VarveException when there is nothing to be told of
     */
    Subscription subscribe(String path, StreamListener listener);

    /** The streams of a storage. */
    static StreamReads of(StreamStorage storage) {
        return new StreamReads() {
            @Override
            public CompletableFuture<MetadataResult> metadata(String path) {
                return storage.metadata(path);
            }

            @Override
            public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
                return storage.read(path, from, maxBytes);
            }

            @Override
            public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
                return storage.readMessages(path, from, maxBytes);
            }

            @Override
            public Subscription subscribe(String path, StreamListener listener) {
                return storage.subscribe(path, listener);
            }
        };
    }
}
