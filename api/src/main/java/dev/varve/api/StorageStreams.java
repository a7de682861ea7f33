package dev.varve.api;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** {@link Streams} over a storage: waits for its futures and throws its refusals. Thread-safe. */
final class StorageStreams implements Streams {

    /** About how many bytes one page holds at most: 1 MiB. */
    static final int PAGE_BYTES = 1 << 20;

    private final StreamStorage storage;

    StorageStreams(StreamStorage storage) {
        this.storage = storage;
    }

    @Override
    public CreateResult create(CreateRequest request) {
        Fork fork = request.fork();
        if (fork != null && fork.offset() != null) {
            own(fork.offset());
        }
        CreateResult result = await(storage.create(request));
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return result;
    }

    @Override
    public AppendResult append(AppendRequest request) {
        AppendResult result = await(storage.append(request));
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return result;
    }

    @Override
    public Offset append(String path, byte[] body) {
        MetadataResult stream = await(storage.metadata(path));
        if (stream instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        String contentType = ((StreamMetadata) stream).contentType();
        return tail(append(AppendRequest.of(path, contentType, body)));
    }

    @Override
    public CompletableFuture<AppendResult> appendAsync(AppendRequest request) {
        return storage.append(request);
    }

    @Override
    public AppendAllResult appendAll(List<AppendRequest> requests) {
        return await(storage.appendAll(requests));
    }

    @Override
    public Offset close(String path) {
        return tail(append(AppendRequest.closing(path)));
    }

    @Override
    public boolean delete(String path) {
        DeleteResult result = await(storage.delete(path));
        if (result instanceof Refusal refusal) {
            throwUnlessAbsent(refusal);
            return false;
        }
        return true;
    }

    @Override
    public Optional<StreamMetadata> find(String path) {
        MetadataResult result = await(storage.metadata(path));
        if (result instanceof Refusal refusal) {
            throwUnlessAbsent(refusal);
            return Optional.empty();
        }
        return Optional.of((StreamMetadata) result);
    }

    @Override
    public ReadResult.Page read(String path, Offset from) {
        return page(storage, path, from);
    }

    @Override
    public MessagesResult.Messages readMessages(String path, Offset from) {
        MessagesResult result = await(storage.readMessages(path, own(from), PAGE_BYTES));
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return (MessagesResult.Messages) result;
    }

    @Override
    public StreamReader follow(String path, Offset from, FollowOptions options) {
        return StorageStreamReader.open(storage, path, from);
    }

    @Override
    public ListResult.Listing list(String prefix, @Nullable String after, int limit) {
        ListResult result = await(storage.list(prefix, after, limit));
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return (ListResult.Listing) result;
    }

    static ReadResult.Page page(StreamStorage storage, String path, Offset from) {
        ReadResult result = await(storage.read(path, own(from), PAGE_BYTES));
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return (ReadResult.Page) result;
    }

    /** An offset that a storage can have handed out. */
    private static Offset own(Offset offset) {
        if (offset.isOpaque()) {
            throw new RefusedException(
                    Refusal.of(ErrorKind.INVALID_OFFSET, "the offset " + offset + " is one of another server"));
        }
        return offset;
    }

    /** The exception for a call that stopped waiting because its thread was interrupted; the interrupt stays set. */
    static VarveException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new VarveException(
                ErrorKind.TIMEOUT, "the thread was interrupted while it waited for the storage", cause);
    }

    private static void throwUnlessAbsent(Refusal refusal) {
        if (refusal.kind() != ErrorKind.NOT_FOUND && refusal.kind() != ErrorKind.GONE) {
            throw new RefusedException(refusal);
        }
    }

    private static Offset tail(AppendResult result) {
        if (result instanceof AppendResult.Appended appended) {
            return appended.next();
        }
        return ((AppendResult.Duplicate) result).next();
    }

    /** Waits for a future of a storage; throws its failure. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof VarveException failure) {
                throw failure;
            }
            throw new VarveException(ErrorKind.INTERNAL, "the storage failed: " + e.getCause(), e.getCause());
        } catch (CancellationException e) {
            throw new VarveException(ErrorKind.INTERNAL, "the storage cancelled the call", e);
        }
    }
}
