package dev.varve.testkit;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A storage without any capability keeps what is left of the contract: nothing in it asks for more than is declared. */
final class PlainStreamStorageTest extends StreamStorageContract {

    @Override
    protected StreamStorage open() {
        return new Plain(new ModelStreamStorage());
    }

    /** Refuses by name whatever needs a capability, and leaves the optional operations as the interface has them. Thread-safe. */
    private static final class Plain implements StreamStorage {
        private final StreamStorage to;

        Plain(StreamStorage to) {
            this.to = to;
        }

        @Override
        public Set<StreamCapability> capabilities() {
            return Set.of();
        }

        @Override
        public CompletableFuture<CreateResult> create(CreateRequest request) {
            StreamConfig config = request.config();
            if (request.fork() != null) {
                return lacks("forks");
            }
            if (config.ttlSeconds() != null || config.expiresAt() != null) {
                return lacks("lifetimes");
            }
            return config.retention().isNone() ? to.create(request) : lacks("retention");
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            if (request.producer() != null) {
                return lacks("producers");
            }
            return request.ifMatch() == null ? to.append(request) : lacks("conditional appends");
        }

        @Override
        public CompletableFuture<DeleteResult> delete(String path) {
            return to.delete(path);
        }

        @Override
        public CompletableFuture<MetadataResult> metadata(String path) {
            return to.metadata(path);
        }

        @Override
        public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
            return to.read(path, from, maxBytes);
        }

        @Override
        public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
            return to.readMessages(path, from, maxBytes);
        }

        @Override
        public Subscription subscribe(String path, StreamListener listener) {
            return to.subscribe(path, listener);
        }

        @Override
        public void close() {
            to.close();
        }

        private static <T> CompletableFuture<T> lacks(String what) {
            return CompletableFuture.failedFuture(VarveException.notSupported(what));
        }
    }
}
