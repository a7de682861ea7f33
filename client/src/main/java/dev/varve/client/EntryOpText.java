package dev.varve.client;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes as bodies of requests. Stateless. */
final class EntryOpText {

    private EntryOpText() {}

    /** The body of a write of several changes. */
    static byte[] batch(List<EntryOp> ops) {
        return EntryJson.bytes(new EntryValue.Fields(Map.of("ops", items(ops))));
    }

    /** Several changes, each an object. */
    static EntryValue items(List<EntryOp> ops) {
        List<EntryValue> items = new ArrayList<>(ops.size());
        ops.forEach(op -> items.add(op(op)));
        return new EntryValue.Items(items);
    }

    /** One change as an object. */
    static EntryValue op(EntryOp op) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("op", EntryValue.of(op.kind().wireName()));
        fields.put("path", EntryValue.of(op.path().toString()));
        EntryValue value = op.value();
        boolean valueless = op.kind() == EntryOp.Kind.DELETE || op.kind() == EntryOp.Kind.CHECK;
        if (value != null && !valueless) {
            fields.put("value", value);
        }
        put(fields, "if_match", op.ifMatch());
        put(fields, "ttl_ms", op.ttlMillis());
        if (op.ifAbsent()) {
            fields.put("if_absent", EntryValue.of(true));
        }
        if (op.ifNone()) {
            fields.put("if_none", EntryValue.of(true));
        }
        EntryOp.Fence fence = op.fence();
        if (fence != null) {
            Map<String, EntryValue> held = new LinkedHashMap<>();
            held.put("key", EntryValue.of(fence.key().toString()));
            held.put("token", EntryValue.of(fence.token()));
            fields.put("fence", new EntryValue.Fields(held));
        }
        return new EntryValue.Fields(fields);
    }

    /** The body of a change of a lease at the path that the URL says. */
    static byte[] lease(EntryOp.Kind kind, EntryOp.LeaseTerms terms) {
        return EntryJson.bytes(new EntryValue.Fields(fields(kind, terms)));
    }

    /** A change of a lease that says itself where that is. */
    static byte[] lease(EntryOp.Kind kind, EntryPath path, EntryOp.LeaseTerms terms) {
        Map<String, EntryValue> fields = fields(kind, terms);
        fields.put("path", EntryValue.of(path.toString()));
        return EntryJson.bytes(new EntryValue.Fields(fields));
    }

    private static Map<String, EntryValue> fields(EntryOp.Kind kind, EntryOp.LeaseTerms terms) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        String name = kind == EntryOp.Kind.LEASE ? "acquire" : kind.wireName();
        fields.put("op", EntryValue.of(name));
        if (kind != EntryOp.Kind.RELEASE) {
            put(fields, "ttl_ms", terms.ttlMillis());
        }
        if (kind != EntryOp.Kind.LEASE) {
            put(fields, "token", terms.token());
        }
        String holder = terms.holder();
        if (kind == EntryOp.Kind.LEASE && holder != null) {
            fields.put("holder", EntryValue.of(holder));
        }
        return fields;
    }

    private static void put(Map<String, EntryValue> fields, String name, @Nullable Long number) {
        if (number != null) {
            fields.put(name, EntryValue.of(number));
        }
    }
}
