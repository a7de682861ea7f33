package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.StoreInfo;
import dev.varve.engine.shard.EngineTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What whoever asks may do: one object for each token there is, shared by all who use it, and one for everybody while nobody
 * is asked for a token. Thread-safe.
 */
final class Access {

    /** Everything: nobody is asked for a token. */
    static final Access ANYONE = new Access(null, null);

    /** Who writes, as events and the log show it, when nobody has said who they are. */
    private static final String ANONYMOUS_DEVICE = "http:anonymous";

    private final @Nullable AccessToken token;
    private final @Nullable EngineTime time;
    private final Set<String> scopes;
    private final String device;
    private volatile boolean revoked;
    private volatile long lastUsedMillis;
    private volatile long savedUseMillis;

    /** Requests that only read. */
    final RateWindow reads = new RateWindow();

    /** All others, pushes on WebSockets among them. */
    final RateWindow writes = new RateWindow();

    private Access(@Nullable AccessToken token, @Nullable EngineTime time) {
        this.token = token;
        this.time = time;
        this.scopes = Set.copyOf(token == null ? Scope.ALL : token.scopes());
        this.device = token == null ? ANONYMOUS_DEVICE : "http:" + token.id();
    }

    static Access of(AccessToken token, EngineTime time) {
        return new Access(token, time);
    }

    /** The token; null when nobody was asked for one. */
    @Nullable AccessToken token() {
        return token;
    }

    /** Whether the token is neither revoked nor expired. */
    boolean isLive() {
        return !revoked && !isExpired();
    }

    private boolean isExpired() {
        Long expires = token == null ? null : token.expiresMillis();
        return expires != null && time != null && time.hasPassed(expires);
    }

    void revoke() {
        revoked = true;
    }

    boolean allows(String scope) {
        return scopes.contains(scope);
    }

    /** Whether a store can be seen at all: another organisation's is as if it were not there. */
    boolean sees(StoreInfo store) {
        return token == null || token.organisation().equals(store.organisation());
    }

    /** Whether a store was granted. */
    boolean reaches(StoreInfo store) {
        return token == null || token.reaches(store);
    }

    /** Whether everything of the organisation was granted, and with it what is outside of stores. */
    boolean reachesAll() {
        return token == null || token.allStores();
    }

    /** What is allowed, in the order of the list. */
    List<String> scopes() {
        return token == null ? Scope.ALL : token.scopes();
    }

    String storeAccessMode() {
        return reachesAll() ? AccessToken.ALL : AccessToken.SELECTED;
    }

    /** The ids of the stores that were granted one by one. */
    List<String> storeIds() {
        return token == null
                ? List.of()
                : token.storeIds().stream().map(UUID::toString).sorted().toList();
    }

    /** What is allowed and where, as answers on channels tell it. */
    Map<String, EntryValue> permissions() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(
                "permissions",
                new EntryValue.Fields(Map.of(
                        "read",
                        EntryValue.of(allows(Scope.ENTRIES_READ)),
                        "write",
                        EntryValue.of(allows(Scope.ENTRIES_WRITE)))));
        fields.put("scopes", AccessToken.texts(scopes()));
        fields.put(
                "store_access",
                new EntryValue.Fields(
                        Map.of("mode", EntryValue.of(storeAccessMode()), "store_ids", AccessToken.texts(storeIds()))));
        return fields;
    }

    /** Who writes, for events and the log. */
    String device() {
        return device;
    }

    // ---- when it was last used

    void usedAt(long millis) {
        // Racing threads may put the earlier of two moments of the same millisecond or so.
        if (millis > lastUsedMillis) {
            lastUsedMillis = millis;
        }
    }

    /** When it was last used, in milliseconds since 1970-01-01T00:00:00Z; 0 for never. */
    long lastUsedMillis() {
        return lastUsedMillis;
    }

    /** Whether the last use is later than what was saved. */
    boolean useIsUnsaved() {
        return lastUsedMillis > savedUseMillis;
    }

    void useSaved(long millis) {
        savedUseMillis = millis;
        usedAt(millis);
    }
}
