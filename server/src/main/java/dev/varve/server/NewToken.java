package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.StoreInfo;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A token as it is asked for: whose it is, what it is to allow, and whether whoever asks may give that away. Confined to one
 * request.
 */
final class NewToken {

    /** The longest name of a token, in characters, inclusive. */
    static final int MAX_NAME = 200;

    /** The most stores that are granted one by one, inclusive. */
    static final int MAX_STORES = 1_000;

    private static final Pattern ORGANISATION = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final EntryBody body;
    private final Access by;
    private final @Nullable EntryStorage entries;

    NewToken(EntryBody body, Access by, @Nullable EntryStorage entries) {
        this.body = body;
        this.by = by;
        this.entries = entries;
    }

    /**
     * The token.
     *
     * @throws EntryProblem when it is not asked for properly
     * @throws AccessDenied when it would allow more than whoever asks may do
     */
    AccessToken with(UUID id, String raw, long nowMillis) {
        String name = body.text("name");
        if (name == null || name.isBlank()) {
            throw EntryProblem.invalid("name is required");
        }
        if (name.length() > MAX_NAME) {
            throw EntryProblem.invalidField("name", "should be at most " + MAX_NAME + " character(s)");
        }
        String organisation = organisation();
        List<String> scopes = scopes();
        List<StoreInfo> stores = stores(organisation);
        boolean all = stores.isEmpty();
        AccessToken token = new AccessToken(
                id,
                name,
                organisation,
                AccessToken.hashOf(raw),
                AccessToken.lastFourOf(raw),
                scopes,
                all,
                new HashSet<>(stores.stream().map(StoreInfo::id).toList()),
                expires(nowMillis),
                nowMillis);
        requireWithin(token);
        return token;
    }

    private void requireWithin(AccessToken token) {
        AccessToken own = by.token();
        if (own == null || token.isWithin(own)) {
            return;
        }
        for (String scope : token.scopes()) {
            if (!by.allows(scope)) {
                throw AccessDenied.ofScope(scope);
            }
        }
        throw AccessDenied.ofStore();
    }

    private String organisation() {
        AccessToken own = by.token();
        String asked = body.optionalText("org");
        if (own != null) {
            if (asked != null && !asked.equals(own.organisation())) {
                throw AccessDenied.absent("there is no such organisation");
            }
            return own.organisation();
        }
        if (asked == null) {
            throw EntryProblem.invalid("org is required: the organisation whose stores the token is for");
        }
        if (!ORGANISATION.matcher(asked).matches()) {
            throw EntryProblem.invalidField(
                    "org", "has at most 63 lower case letters, digits and hyphens, the first no hyphen");
        }
        return asked;
    }

    private List<String> scopes() {
        Set<String> asked = new LinkedHashSet<>();
        EntryValue given = body.get("scopes");
        if (given != null && !(given instanceof EntryValue.Null)) {
            asked.addAll(texts("scopes", given));
        } else {
            if (body.flag("read")) {
                asked.addAll(Scope.LEGACY_READ);
            }
            if (body.flag("write")) {
                asked.addAll(Scope.LEGACY_WRITE);
            }
        }
        if (asked.isEmpty()) {
            throw EntryProblem.invalidField("scopes", "should have at least 1 item(s)");
        }
        for (String scope : asked) {
            if (!Scope.ALL.contains(scope)) {
                throw EntryProblem.invalidField(
                        "scopes", "has an invalid entry: " + EntryBody.got(EntryValue.of(scope)));
            }
        }
        return Scope.ALL.stream().filter(asked::contains).toList();
    }

    /** The stores that are granted one by one; none when all are. */
    private List<StoreInfo> stores(String organisation) {
        String mode = body.optionalText("store_access_mode");
        if (mode != null && !mode.equals(AccessToken.ALL) && !mode.equals(AccessToken.SELECTED)) {
            throw EntryProblem.invalidField("store_access_mode", "is invalid");
        }
        List<String> ids = list("store_ids");
        List<String> names = new ArrayList<>(list("store_names"));
        String name = body.optionalText("store_name");
        if (name != null && !name.isEmpty() && !name.equals("*")) {
            names.add(name);
        }
        if (AccessToken.ALL.equals(mode) || (mode == null && ids.isEmpty() && names.isEmpty())) {
            return List.of();
        }
        if (ids.isEmpty() && names.isEmpty()) {
            throw EntryProblem.invalid("selected store access requires store_ids or store_name");
        }
        if (ids.size() + names.size() > MAX_STORES) {
            throw EntryProblem.invalidField("store_ids", "should have at most " + MAX_STORES + " item(s)");
        }
        List<StoreInfo> found = new ArrayList<>();
        ids.forEach(id -> found.add(required(byId(id), organisation)));
        names.forEach(one -> found.add(required(byName(one, organisation), organisation)));
        return found;
    }

    private Optional<StoreInfo> byId(String id) {
        try {
            return entries == null ? Optional.empty() : entries.store(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Optional<StoreInfo> byName(String name, String organisation) {
        return entries == null
                ? Optional.empty()
                : entries.store(name.indexOf('/') < 0 ? organisation + "/" + name : name);
    }

    private static StoreInfo required(Optional<StoreInfo> found, String organisation) {
        return found.filter(store -> store.organisation().equals(organisation)).orElseThrow(EntryProblem::notFound);
    }

    private List<String> list(String field) {
        EntryValue given = body.get(field);
        return given == null || given instanceof EntryValue.Null ? List.of() : texts(field, given);
    }

    private static List<String> texts(String field, EntryValue given) {
        List<String> texts = new ArrayList<>();
        if (given instanceof EntryValue.Items(List<EntryValue> items)) {
            for (EntryValue item : items) {
                if (item instanceof EntryValue.Text(String text)) {
                    texts.add(text);
                }
            }
            if (texts.size() == items.size()) {
                return texts;
            }
        }
        throw EntryProblem.invalidField(field, "is invalid: a list of strings is needed");
    }

    /** When it ends: never later than the token that makes it. */
    private @Nullable Long expires(long nowMillis) {
        Long asked = asked(nowMillis);
        if (asked != null && asked <= nowMillis) {
            throw EntryProblem.invalidField("expires_at", "must be in the future");
        }
        AccessToken own = by.token();
        Long most = own == null ? null : own.expiresMillis();
        if (most == null || asked == null) {
            return asked == null ? most : asked;
        }
        if (asked > most) {
            throw EntryProblem.of(
                    403,
                    "forbidden",
                    "a token cannot outlive the one that makes it, until " + Instant.ofEpochMilli(most),
                    "forbidden");
        }
        return asked;
    }

    private @Nullable Long asked(long nowMillis) {
        Long seconds = body.positive("expires_in");
        String at = body.optionalText("expires_at");
        if (seconds != null && at != null) {
            throw EntryProblem.invalid("expires_at and expires_in are mutually exclusive");
        }
        try {
            return at != null
                    ? (Long) Instant.parse(at).toEpochMilli()
                    : seconds == null ? null : (Long) Math.addExact(nowMillis, Math.multiplyExact(seconds, 1000L));
        } catch (DateTimeParseException | ArithmeticException e) {
            throw EntryProblem.invalidField("expires_at", "is no time such as 2030-01-31T12:00:00Z, or too far away");
        }
    }
}
