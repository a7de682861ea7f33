package dev.varve.testkit;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A storage without any capability keeps what is left of the contract: nothing in it asks for more than is declared. */
final class PlainStreamStorageTest extends StreamStorageContract {

    @Override
    protected StreamStorage open() {
        return new Plain(new ModelStreamStorage());
    }

    /** Refuses by name whatever needs a capability. Thread-safe. */
    private static final class Plain extends ForwardingStreamStorage {

        Plain(StreamStorage to) {
            super(to);
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
            return config.retention().isNone() ? super.create(request) : lacks("retention");
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            if (request.producer() != null) {
                return lacks("producers");
            }
            return request.ifMatch() == null ? super.append(request) : lacks("conditional appends");
        }

        private static <T> CompletableFuture<T> lacks(String what) {
            return CompletableFuture.failedFuture(VarveException.notSupported(what));
        }
    }
}
