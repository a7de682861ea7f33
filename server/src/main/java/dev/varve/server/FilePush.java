package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.FileReference;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the push {@code put_file} asks for. Its bytes are bounded by those of a message. Immutable, but for the bytes, which nobody
 * changes.
 *
 * @param path where the entry is to stand
 * @param content the bytes
 * @param contentType the media type, or null
 * @param filename a name for people, or null
 * @param clientOpId what the client calls it, or null
 * @param fence the lease that must be held, or null
 */
record FilePush(
        EntryPath path,
        byte[] content,
        @Nullable String contentType,
        @Nullable String filename,
        @Nullable String clientOpId,
        EntryOp.@Nullable Fence fence) {

    /**
     * Reads the payload.
     *
     * @throws PushProblem when it is none
     */
    static FilePush of(PushFields push) {
        EntryPath path = push.path("path_segments", "path");
        if (push.has("if_match")) {
            throw unsupported(Reason.IF_MATCH_UNSUPPORTED_OP);
        }
        if (push.has("if_absent") || push.has("if_none")) {
            throw unsupported(Reason.IF_ABSENT_UNSUPPORTED_OP);
        }
        String encoded = push.text("content");
        byte[] content;
        try {
            content = encoded == null ? null : Base64.getDecoder().decode(encoded);
        } catch (IllegalArgumentException e) {
            content = null;
        }
        if (content == null) {
            throw PushProblem.of("invalid_base64", "content is the bytes of the file in base64");
        }
        return new FilePush(
                path,
                content,
                text(push, "content_type"),
                text(push, "filename"),
                text(push, "client_op_id"),
                WritePush.fence(push));
    }

    private static PushProblem unsupported(Reason reason) {
        return PushProblem.of(reason.wireName()).with("op", EntryValue.of(EntryOp.Kind.PUT_FILE.wireName()));
    }

    private static @Nullable String text(PushFields push, String name) {
        String text = push.text(name);
        if (push.has(name) && text == null) {
            throw PushProblem.of("invalid_params", name + " is a text");
        }
        if (text != null && text.length() > WritePush.MAX_NAME_CHARS) {
            throw PushProblem.of("invalid_params", name + " has at most " + WritePush.MAX_NAME_CHARS + " characters");
        }
        return text == null || text.isEmpty() ? null : text;
    }

    /** What the storage is asked once it has the bytes. */
    EntryWrite write(String store, String deviceId, FileReference file) {
        EntryOp plain = EntryOp.of(EntryOp.Kind.PUT_FILE, path, file.toValue());
        EntryOp op = fence == null ? plain : plain.fencedBy(fence);
        String name = clientOpId;
        return new EntryWrite(
                store, List.of(op), deviceId, name == null ? "op_" + UUID.randomUUID() : name, name != null, false);
    }

    static EntryValue response(Written written, FileReference file) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_seq", EntryValue.of(written.storeSeq()));
        fields.put("hash", EntryValue.of(file.hash()));
        return new EntryValue.Fields(fields);
    }
}
