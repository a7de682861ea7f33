package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Finds the store that the topic of a channel names. Stateless. */
final class StoreTopic {

    private StoreTopic() {}

    /** The store of a name or an id; one that is named and not there is created, where writes do so, too. */
    static CompletableFuture<Optional<StoreInfo>> find(PhoenixSocket socket, String name) {
        EntryStorage entries = socket.entries;
        if (name.indexOf('/') < 0) {
            return CompletableFuture.completedFuture(id(name).flatMap(entries::store));
        }
        if (!StoreInfo.NAME.matcher(name).matches()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Optional<StoreInfo> known = entries.store(name);
        if (known.isPresent() || !socket.server.createsStores) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<Optional<StoreInfo>> created = entries.createStore(name)
                .handle((info, failure) -> {
                    if (failure == null) {
                        return Optional.of(info);
                    }
                    if (Problem.of(failure).kind() == ErrorKind.ALREADY_EXISTS) {
                        return entries.store(name); // somebody else was faster
                    }
                    throw Problem.cause(failure) instanceof LimitExceededException over
                            ? over
                            : new VarveException(
                                    Problem.of(failure).kind(),
                                    Problem.of(failure).detail(),
                                    failure);
                });
        socket.commitSoon();
        return created;
    }

    private static Optional<UUID> id(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
