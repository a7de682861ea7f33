package dev.varve.client;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes as they are pushed, and kept in files. Stateless. */
final class LiveWriteText {

    private static final String NAME = "client_op_id";
    private static final String OPS = "ops";

    private LiveWriteText() {}

    /** The payload of a push. */
    static Map<String, EntryValue> push(LiveWrite write) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(NAME, EntryValue.of(write.name));
        fields.put(OPS, EntryOpText.items(write.ops));
        return fields;
    }

    static byte[] of(LiveWrite write) {
        return EntryJson.bytes(new EntryValue.Fields(push(write)));
    }

    /** Reads a write that was enqueued. */
    static LiveWrite parse(String where, byte[] json) {
        EntryAnswer write = EntryAnswer.of(where, EntryJson.parse(json));
        List<EntryOp> ops = new ArrayList<>();
        write.objects(OPS).forEach(op -> ops.add(op(op)));
        return new LiveWrite(write.text(NAME), ops, true);
    }

    private static EntryOp op(EntryAnswer op) {
        EntryOp.Kind kind = EntryOp.Kind.ofWireName(op.text("op"));
        if (kind == null) {
            throw op.broken("op");
        }
        return new EntryOp(
                kind,
                op.path("path"),
                op.optional("value"),
                op.optionalNumber("if_match"),
                op.isTrue("if_absent"),
                op.isTrue("if_none"),
                op.optional("fence") == null ? null : fence(op.object("fence")),
                null,
                op.optionalNumber("ttl_ms"));
    }

    private static EntryOp.@Nullable Fence fence(EntryAnswer fence) {
        EntryPath key = fence.path("key");
        return new EntryOp.Fence(key, fence.number("token"));
    }
}
