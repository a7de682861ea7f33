package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.engine.io.Clock;
import dev.varve.engine.shard.EngineTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens there are: kept as records of the server, looked up in memory by their hash. What is decided is in the records;
 * memory follows them, so a token that is revoked by whatever way has no effect any more. Thread-safe.
 */
final class Tokens implements ServerRecords.Listener {

    /** The most tokens there may be at one time. */
    static final int MAX_TOKENS = 100_000;

    private static final EntryPath TOKENS = EntryPath.of("tokens");
    private static final EntryPath USES = EntryPath.of("token-uses");
    private static final String AT = "at_millis";
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);

    private final ServerRecords records;
    private final Clock clock;
    private final EngineTime time;
    private final Map<String, Access> byHash = new ConcurrentHashMap<>();
    private final Map<UUID, Access> byId = new ConcurrentHashMap<>();
    private volatile Runnable whenRevoked = () -> {};

    /**
     * Creates the tokens of some records, which have not started.
     *
     * @param clock when tokens expire and were used
     */
    Tokens(ServerRecords records, Clock clock) {
        this.records = records;
        this.clock = clock;
        this.time = new EngineTime(clock);
        records.follow(TOKENS, this);
        records.follow(USES, new Uses());
    }

    /** Has a task run whenever a token stops being of effect, but for those that expire. */
    void whenRevoked(Runnable task) {
        whenRevoked = task;
    }

    // ---- looking up

    /** The token with this text, if it is there, not revoked and not expired. */
    @Nullable Access find(String raw) {
        if (!AccessToken.looksLikeOne(raw)) {
            return null;
        }
        // By its hash: how long that takes says nothing about any token.
        Access access = byHash.get(AccessToken.hashOf(raw));
        if (access == null || !access.isLive()) {
            return null;
        }
        access.usedAt(clock.wallMillis());
        return access;
    }

    @Nullable AccessToken find(UUID id) {
        Access access = byId.get(id);
        return access == null ? null : access.token();
    }

    /** When a token was last used, in milliseconds since 1970-01-01T00:00:00Z; null for never. */
    @Nullable Long lastUsedMillis(AccessToken token) {
        Access access = byId.get(token.id());
        return access == null || access.lastUsedMillis() == 0 ? null : access.lastUsedMillis();
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    /** Tokens of an organisation, or of all, the oldest first. */
    List<AccessToken> list(@Nullable String organisation) {
        List<AccessToken> found = new ArrayList<>();
        for (Access access : byId.values()) {
            AccessToken token = access.token();
            if (token != null && (organisation == null || organisation.equals(token.organisation()))) {
                found.add(token);
            }
        }
        found.sort(Comparator.comparingLong(AccessToken::createdMillis).thenComparing(AccessToken::id));
        return found;
    }

    // ---- changing

    /** Whether there is room for another one. */
    boolean hasRoom() {
        return byId.size() < MAX_TOKENS;
    }

    /** Keeps a token; when the future completes it can be used. */
    CompletableFuture<Void> add(AccessToken token) {
        return records.write(ServerRecords.put(TOKENS.child(token.id().toString()), token.stored(), 0L))
                .thenAccept(written -> {
                    if (written.isEmpty()) {
                        throw new IllegalStateException("two tokens have the id " + token.id());
                    }
                });
    }

    /** Ends a token; when the future completes it cannot be used. */
    CompletableFuture<Void> revoke(UUID id) {
        return records.write(
                        ServerRecords.delete(TOKENS.child(id.toString()), null),
                        ServerRecords.delete(USES.child(id.toString()), null))
                .thenAccept(_ -> {});
    }

    // ---- following

    @Override
    public void loaded(List<ServerRecords.Saved> all) {
        Set<UUID> there = new HashSet<>();
        for (ServerRecords.Saved saved : all) {
            there.add(idOf(saved.path()));
            saved(saved);
        }
        for (UUID known : List.copyOf(byId.keySet())) {
            if (!there.contains(known)) {
                forget(known);
            }
        }
    }

    @Override
    public void saved(ServerRecords.Saved saved) {
        AccessToken token = AccessToken.of(idOf(saved.path()), saved.value());
        Access known = byId.get(token.id());
        if (known != null && token.equals(known.token())) {
            return;
        }
        Access access = Access.of(token, time);
        byId.put(token.id(), access);
        byHash.put(token.hash(), access);
        if (known != null) {
            ended(known, token.hash());
        }
    }

    @Override
    public void deleted(EntryPath path) {
        forget(idOf(path));
    }

    private void forget(UUID id) {
        Access access = byId.remove(id);
        if (access != null) {
            ended(access, "");
        }
    }

    private void ended(Access access, String hashInUse) {
        access.revoke();
        AccessToken token = access.token();
        if (token != null && !token.hash().equals(hashInUse)) {
            byHash.remove(token.hash());
        }
        whenRevoked.run();
    }

    private static UUID idOf(EntryPath path) {
        return UUID.fromString(path.segments().getLast());
    }

    // ---- when they were last used

    /** Takes over what was saved before the start. Stateless but for the tokens. */
    private final class Uses implements ServerRecords.Listener {

        @Override
        public void loaded(List<ServerRecords.Saved> all) {
            List<EntryOp> orphans = new ArrayList<>();
            for (ServerRecords.Saved saved : all) {
                if (byId.containsKey(idOf(saved.path()))) {
                    saved(saved);
                } else if (orphans.size() < EntryWrite.MAX_OPS) {
                    orphans.add(ServerRecords.delete(saved.path(), null));
                }
            }
            if (!orphans.isEmpty()) {
                var _ = write(orphans);
            }
        }

        @Override
        public void saved(ServerRecords.Saved saved) {
            Access access = byId.get(idOf(saved.path()));
            if (access != null && saved.value().fields().get(AT) instanceof EntryValue.Whole(long millis)) {
                access.useSaved(millis);
            }
        }

        @Override
        public void deleted(EntryPath path) {
            // Goes with its token.
        }
    }

    /**
     * Saves when tokens were last used, those that have been since the last time, up to a bound; the rest comes with the next
     * call. Nobody waits for it but whoever waits for the future, which never fails.
     */
    CompletableFuture<Void> saveUses() {
        List<EntryOp> ops = new ArrayList<>();
        for (Map.Entry<UUID, Access> one : byId.entrySet()) {
            Access access = one.getValue();
            if (access.useIsUnsaved() && ops.size() < EntryWrite.MAX_OPS) {
                EntryValue at = EntryValue.of(access.lastUsedMillis());
                ops.add(ServerRecords.put(
                        USES.child(one.getKey().toString()), new EntryValue.Fields(Map.of(AT, at)), null));
            }
        }
        return ops.isEmpty() ? CompletableFuture.completedFuture(null) : write(ops);
    }

    private CompletableFuture<Void> write(List<EntryOp> ops) {
        return records.write(ops.toArray(EntryOp[]::new)).handle((_, failure) -> {
            if (failure != null) {
                LOG.warn("when tokens were last used could not be saved; trying later", failure);
            }
            return null;
        });
    }
}
