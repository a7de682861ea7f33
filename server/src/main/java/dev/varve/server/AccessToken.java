package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a token. Of the token itself that is its hash and its end, so whoever reads the disk cannot use it. Immutable.
 *
 * @param id never used again
 * @param name for people
 * @param organisation whose stores it is about
 * @param hash the SHA-256 of the token in hexadecimal digits
 * @param lastFour the token's last characters, for people to know it by
 * @param scopes what it allows, in the order of {@link Scope#ALL}
 * @param allStores whether it reaches every store of the organisation, and streams outside of stores
 * @param storeIds the stores it reaches otherwise
 * @param expiresMillis when it ends, or null for never
 * @param createdMillis when it was made
 */
record AccessToken(
        UUID id,
        String name,
        String organisation,
        String hash,
        String lastFour,
        List<String> scopes,
        boolean allStores,
        Set<UUID> storeIds,
        @Nullable Long expiresMillis,
        long createdMillis) {

    /** The mode of access to every store of an organisation. */
    static final String ALL = "all";

    /** The mode of access to stores that were named. */
    static final String SELECTED = "selected";

    private static final String PREFIX = "dust_tok_";
    private static final int RANDOM_BYTES = 32;
    private static final int SHOWN = 4;
    private static final int LENGTH = PREFIX.length() + 43;

    AccessToken {
        scopes = List.copyOf(scopes);
        storeIds = Set.copyOf(storeIds);
    }

    // ---- raw tokens

    /** Makes a token that nobody can guess. */
    static String fresh(SecureRandom random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static boolean looksLikeOne(String raw) {
        return raw.length() == LENGTH && raw.startsWith(PREFIX);
    }

    static String hashOf(String raw) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(raw.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String lastFourOf(String raw) {
        return raw.substring(raw.length() - SHOWN);
    }

    // ---- what it allows

    boolean reaches(StoreInfo store) {
        return organisation.equals(store.organisation()) && (allStores || storeIds.contains(store.id()));
    }

    /** Whether this one allows nothing that the other does not allow. */
    boolean isWithin(AccessToken other) {
        return organisation.equals(other.organisation)
                && other.scopes.containsAll(scopes)
                && (other.allStores || (!allStores && other.storeIds.containsAll(storeIds)));
    }

    // ---- as a record

    EntryValue.Fields stored() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("name", EntryValue.of(name));
        fields.put("organisation", EntryValue.of(organisation));
        fields.put("hash", EntryValue.of(hash));
        fields.put("last_four", EntryValue.of(lastFour));
        fields.put("scopes", texts(scopes));
        fields.put("all_stores", EntryValue.of(allStores));
        fields.put(
                "store_ids",
                texts(storeIds.stream().map(UUID::toString).sorted().toList()));
        Long expires = expiresMillis;
        fields.put("expires_millis", expires == null ? new EntryValue.Null() : EntryValue.of(expires));
        fields.put("created_millis", EntryValue.of(createdMillis));
        return new EntryValue.Fields(fields);
    }

    static EntryValue texts(List<String> texts) {
        return new EntryValue.Items(texts.stream().map(EntryValue::of).toList());
    }

    /**
     * Reads a record.
     *
     * @throws VarveException when it is none
     */
    static AccessToken of(UUID id, EntryValue.Fields stored) {
        Map<String, EntryValue> fields = stored.fields();
        Set<UUID> stores = new HashSet<>();
        texts(fields.get("store_ids")).forEach(store -> stores.add(UUID.fromString(store)));
        return new AccessToken(
                id,
                text(fields.get("name")),
                text(fields.get("organisation")),
                text(fields.get("hash")),
                text(fields.get("last_four")),
                texts(fields.get("scopes")),
                fields.get("all_stores") instanceof EntryValue.Bool(boolean all) && all,
                stores,
                fields.get("expires_millis") instanceof EntryValue.Null ? null : number(fields.get("expires_millis")),
                number(fields.get("created_millis")));
    }

    private static List<String> texts(@Nullable EntryValue value) {
        if (!(value instanceof EntryValue.Items(List<EntryValue> items))) {
            throw unreadable();
        }
        List<String> texts = new ArrayList<>();
        items.forEach(item -> texts.add(text(item)));
        return texts;
    }

    private static String text(@Nullable EntryValue value) {
        if (value instanceof EntryValue.Text(String text)) {
            return text;
        }
        throw unreadable();
    }

    private static long number(@Nullable EntryValue value) {
        if (value instanceof EntryValue.Whole(long number)) {
            return number;
        }
        throw unreadable();
    }

    private static VarveException unreadable() {
        return new VarveException(ErrorKind.CORRUPT, "what is kept of a token cannot be read");
    }
}
