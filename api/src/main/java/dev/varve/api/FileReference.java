package dev.varve.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of type {@link EntryType#FILE} says of the file that it refers to. Immutable.
 *
 * <pre>{@code
 * Entry entry = entries.putFile(EntryPath.of("links", "dust", "cover"), new byte[] {1, 2, 3}, "image/png", "cover.png");
 * FileReference cover = FileReference.of(entry.value());
 * System.out.println(cover.filename() + " has " + cover.size() + " bytes and the hash " + cover.hash());
 * }</pre>
 *
 * @param hash names the bytes: {@code sha256:} and 64 hexadecimal digits in lower case
 * @param size how many bytes there are
 * @param contentType the media type that it was given; null for none
 * @param filename the name that it was given; null for none
 * @param uploadedAt when the bytes were stored; null when that is not said
 */
public record FileReference(
        String hash,
        long size,
        @Nullable String contentType,
        @Nullable String filename,
        @Nullable Instant uploadedAt) {

    /** What hashes look like. */
    public static final Pattern HASH = Pattern.compile("sha256:[0-9a-f]{64}");

    /**
     * What the size of one file counts as at most where sizes are added up, inclusive: an entry can be set that claims any size.
     */
    public static final long MAX_COUNTED_BYTES = 1L << 40;

    /** Checks hash and size. */
    public FileReference {
        if (!HASH.matcher(hash).matches() || size < 0) {
            throw new IllegalArgumentException(
                    "a file is named by sha256: and 64 hexadecimal digits and has a size of at least 0, was " + hash
                            + " and " + size);
        }
    }

    /**
     * Reads an entry's value.
     *
     * @param value any value
     * @return the reference, or null when it is none, or one whose hash or size is missing or malformed
     */
    public static @Nullable FileReference of(EntryValue value) {
        if (!(value instanceof EntryValue.Fields object)
                || EntryType.of(value) != EntryType.FILE
                || !(object.fields().get("hash") instanceof EntryValue.Text hash)
                || !(object.fields().get("size") instanceof EntryValue.Whole size)
                || !HASH.matcher(hash.value()).matches()
                || size.value() < 0) {
            return null;
        }
        String uploadedAt = text(object.fields(), "uploaded_at");
        return new FileReference(
                hash.value(),
                size.value(),
                text(object.fields(), "content_type"),
                text(object.fields(), "filename"),
                uploadedAt == null ? null : instant(uploadedAt));
    }

    private static @Nullable String text(Map<String, EntryValue> fields, String name) {
        return fields.get(name) instanceof EntryValue.Text text ? text.value() : null;
    }

    private static @Nullable Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /**
     * The value that an entry holds.
     *
     * @return an object whose {@code _type} is {@code file}
     */
    public EntryValue toValue() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_type", EntryValue.of("file"));
        fields.put("hash", EntryValue.of(hash));
        fields.put("size", EntryValue.of(size));
        fields.put("content_type", textOrNull(contentType));
        fields.put("filename", textOrNull(filename));
        fields.put("uploaded_at", textOrNull(uploadedAt == null ? null : uploadedAt.toString()));
        return new EntryValue.Fields(fields);
    }

    private static EntryValue textOrNull(@Nullable String text) {
        return text == null ? new EntryValue.Null() : EntryValue.of(text);
    }
}
