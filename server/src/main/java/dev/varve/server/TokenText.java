package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tokens as answers show them. The token itself is shown once, to whoever made it. Stateless. */
final class TokenText {

    private TokenText() {}

    /** A token that was just made. */
    static JsonText created(AccessToken token, String raw, @Nullable EntryStorage entries) {
        return new JsonText()
                .field("id", token.id().toString())
                .field("name", token.name())
                .field("org", token.organisation())
                .field("raw_token", raw)
                .field("store_access_mode", mode(token))
                .raw("stores", stores(token, entries))
                .field("scopes", token.scopes())
                .raw("permissions", permissions(token))
                .fieldOrNull("expires_at", time(token.expiresMillis()));
    }

    /** A token among others. */
    static JsonText listed(AccessToken token, @Nullable Long lastUsedMillis, @Nullable EntryStorage entries) {
        return new JsonText()
                .field("id", token.id().toString())
                .field("name", token.name())
                .field("org", token.organisation())
                .field("last_four", token.lastFour())
                .field("store_name", storeName(token, entries))
                .field("store_access_mode", mode(token))
                .raw("stores", stores(token, entries))
                .field("scopes", token.scopes())
                .raw("permissions", permissions(token))
                .fieldOrNull("expires_at", time(token.expiresMillis()))
                .fieldOrNull("last_used_at", time(lastUsedMillis))
                .fieldOrNull("inserted_at", time(token.createdMillis()));
    }

    private static String mode(AccessToken token) {
        return token.allStores() ? AccessToken.ALL : AccessToken.SELECTED;
    }

    private static List<UUID> ids(AccessToken token) {
        return token.storeIds().stream().sorted().toList();
    }

    private static Optional<String> name(UUID store, @Nullable EntryStorage entries) {
        return entries == null ? Optional.empty() : entries.store(store).map(StoreInfo::shortName);
    }

    private static String stores(AccessToken token, @Nullable EntryStorage entries) {
        List<JsonText> stores = new ArrayList<>();
        for (UUID id : ids(token)) {
            stores.add(new JsonText()
                    .field("id", id.toString())
                    .fieldOrNull("name", name(id, entries).orElse(null)));
        }
        return EntryText.list(stores);
    }

    /** The name of the only store, a star for all, else the ids. */
    private static String storeName(AccessToken token, @Nullable EntryStorage entries) {
        if (token.allStores()) {
            return "*";
        }
        List<UUID> ids = ids(token);
        return ids.size() == 1
                ? name(ids.getFirst(), entries).orElse(ids.getFirst().toString())
                : String.join(",", ids.stream().map(UUID::toString).toList());
    }

    private static String permissions(AccessToken token) {
        return new JsonText()
                .field("read", token.scopes().contains(Scope.ENTRIES_READ))
                .field("write", token.scopes().contains(Scope.ENTRIES_WRITE))
                .toString();
    }

    private static @Nullable String time(@Nullable Long millis) {
        return millis == null ? null : EntryText.time(millis);
    }
}
