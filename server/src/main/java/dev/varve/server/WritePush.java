package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryOp.Fence;
import dev.varve.api.EntryOp.Kind;
import dev.varve.api.EntryOp.LeaseTerms;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the pushes {@code write} and {@code batch} ask for, and how they are answered. Immutable.
 *
 * @param ops what to do
 * @param clientOpId what the client calls it; made up when it does not
 * @param named whether the client named it
 * @param batch whether it came as a batch, which decides how it is answered
 */
record WritePush(List<EntryOp> ops, String clientOpId, boolean named, boolean batch) {

    /** How long a lease lasts when the client does not say. */
    static final long DEFAULT_LEASE_MILLIS = 30_000;

    /** The longest name of an op, and of a device. */
    static final int MAX_NAME_CHARS = 256;

    private static final String INVALID_PRECONDITION = Reason.INVALID_PRECONDITION.wireName();
    private static final String INVALID_PARAMS = "invalid_params";

    /**
     * One op.
     *
     * @throws PushProblem when it is none
     */
    static WritePush single(PushFields push) {
        return push(List.of(op(push, false)), push, false);
    }

    /**
     * Several ops.
     *
     * @throws PushProblem when they are none; with the field {@code op_index} when one of them is the reason
     */
    static WritePush batch(PushFields push) {
        if (!(push.get("ops") instanceof EntryValue.Items(List<EntryValue> items))) {
            throw PushProblem.of(INVALID_PARAMS, "ops array required");
        }
        if (items.isEmpty()) {
            throw PushProblem.of(INVALID_PARAMS, "ops cannot be empty");
        }
        if (items.size() > EntryWrite.MAX_OPS) {
            throw PushProblem.of(INVALID_PARAMS, "maximum " + EntryWrite.MAX_OPS + " ops per batch");
        }
        push.requireUnconditional();
        List<EntryOp> ops = new ArrayList<>(items.size());
        for (EntryValue item : items) {
            try {
                PushFields fields = PushFields.of(item);
                if (fields == null) {
                    throw PushProblem.of(INVALID_PARAMS, "an op is an object");
                }
                ops.add(op(fields, true));
            } catch (PushProblem e) {
                throw e.with("op_index", EntryValue.of(ops.size()));
            }
        }
        return push(ops, push, true);
    }

    private static WritePush push(List<EntryOp> ops, PushFields push, boolean batch) {
        EntryValue name = push.get("client_op_id");
        if (name == null) {
            return new WritePush(ops, "op_" + UUID.randomUUID(), false, batch);
        }
        if (name instanceof EntryValue.Text(String text) && !text.isEmpty() && text.length() <= MAX_NAME_CHARS) {
            return new WritePush(ops, text, true, batch);
        }
        throw PushProblem.of(
                "invalid_client_op_id", "client_op_id is a text of 1 to " + MAX_NAME_CHARS + " characters");
    }

    /** What the storage is asked. */
    EntryWrite write(String store, String deviceId, boolean createStore) {
        boolean leases = ops.stream().anyMatch(op -> isLease(op.kind()));
        return new EntryWrite(store, ops, deviceId, clientOpId, named && !leases, createStore);
    }

    private static boolean isLease(Kind kind) {
        return kind == Kind.LEASE || kind == Kind.RENEW || kind == Kind.RELEASE;
    }

    private static EntryOp op(PushFields push, boolean inBatch) {
        String name = push.text("op");
        Kind kind = name == null ? null : Kind.ofWireName(name);
        if (kind == null || (kind == Kind.CHECK && !inBatch)) {
            throw PushProblem.of("invalid op");
        }
        if (kind == Kind.PUT_FILE) {
            throw PushProblem.of("not_supported", "files are not taken as ops of a write");
        }
        EntryPath path = push.path("path_segments", "path");
        boolean lease = isLease(kind);
        Fence fence = fence(push);
        if (lease && fence != null) {
            throw PushProblem.of(INVALID_PRECONDITION, "a fence goes with writes that are not about leases");
        }
        return new EntryOp(
                kind,
                path,
                value(kind, push),
                ifMatch(push),
                push.truth("if_absent", INVALID_PRECONDITION),
                push.truth("if_none", INVALID_PRECONDITION),
                fence,
                lease ? terms(push) : null,
                lease ? null : ttl(push));
    }

    private static @Nullable EntryValue value(Kind kind, PushFields push) {
        return switch (kind) {
            // A set without a value means null, and so does one with null.
            case SET, MERGE, INCREMENT, ADD, REMOVE -> {
                EntryValue value = push.get("value");
                if (value != null) {
                    yield storable(value);
                }
                yield kind == Kind.SET ? new EntryValue.Null() : null;
            }
            default -> null;
        };
    }

    private static EntryValue storable(EntryValue value) {
        try {
            return EntryJson.requireStorable(value);
        } catch (EntryJsonException e) {
            throw PushProblem.of(Reason.INVALID_VALUE.wireName(), e.detail());
        }
    }

    private static @Nullable Long ifMatch(PushFields push) {
        if (!push.has("if_match")) {
            return null;
        }
        Long revision = push.whole("if_match");
        if (revision == null || revision < 1) {
            throw PushProblem.of(INVALID_PRECONDITION, "if_match must be a positive integer");
        }
        return revision;
    }

    /** The lease that must be held, or null. */
    static @Nullable Fence fence(PushFields push) {
        EntryValue given = push.get("fence");
        if (given == null) {
            return null;
        }
        PushFields fence = PushFields.of(given);
        Long token = fence == null ? null : fence.whole("token");
        if (fence == null || token == null) {
            throw PushProblem.of(INVALID_PRECONDITION, "a fence is an object of key and token");
        }
        try {
            return new Fence(fence.path("key_segments", "key"), token);
        } catch (PushProblem e) {
            throw PushProblem.of(INVALID_PRECONDITION, "the key of a fence is a path: " + e.getMessage());
        }
    }

    private static @Nullable Long ttl(PushFields push) {
        if (!push.has("ttl_ms")) {
            return null;
        }
        Long ttl = push.whole("ttl_ms");
        if (ttl == null || ttl < 1) {
            throw PushProblem.of(Reason.INVALID_TTL.wireName(), "ttl_ms must be a positive integer");
        }
        return ttl;
    }

    private static LeaseTerms terms(PushFields push) {
        String invalid = Reason.INVALID_LEASE_OP.wireName();
        Long ttl = push.has("ttl_ms") ? push.whole("ttl_ms") : Long.valueOf(DEFAULT_LEASE_MILLIS);
        if (ttl == null || ttl < 1) {
            throw PushProblem.of(invalid, "ttl_ms must be a positive integer");
        }
        if (push.has("holder") && push.text("holder") == null) {
            throw PushProblem.of(invalid, "holder must be a text");
        }
        Long token = push.whole("token");
        if (push.has("token") && token == null) {
            throw PushProblem.of(invalid, "token must be an integer");
        }
        return new LeaseTerms(ttl, push.text("holder"), token);
    }

    // ---- answers ----

    /** The answer when it was done. */
    EntryValue response(Written written) {
        if (!batch) {
            return response(ops.getFirst().kind(), written.ops().getFirst());
        }
        List<EntryValue> items = new ArrayList<>();
        for (Applied applied : written.ops()) {
            Map<String, EntryValue> item = new LinkedHashMap<>();
            item.put("path", EntryValue.of(applied.path().toString()));
            item.put("revision", EntryValue.of(applied.storeSeq()));
            item.put("store_seq", EntryValue.of(applied.storeSeq()));
            items.add(new EntryValue.Fields(item));
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("ops", new EntryValue.Items(items));
        fields.put("store_seq", EntryValue.of(written.storeSeq()));
        return new EntryValue.Fields(fields);
    }

    private static EntryValue response(Kind kind, Applied applied) {
        if (kind == Kind.RELEASE && !applied.made()) {
            return new EntryValue.Fields(Map.of("released", EntryValue.of(false)));
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_seq", EntryValue.of(applied.storeSeq()));
        if ((kind == Kind.LEASE || kind == Kind.RENEW)
                && applied.value() instanceof EntryValue.Fields(Map<String, EntryValue> lease)) {
            for (String name : List.of("token", "expires_at", "holder")) {
                fields.put(name, Objects.requireNonNullElseGet(lease.get(name), EntryValue.Null::new));
            }
        }
        return new EntryValue.Fields(fields);
    }

    /** The answer when it was refused. */
    PushProblem problem(Refused refused) {
        PushProblem problem = PushProblem.of(refused);
        if (refused.reason() == Reason.IF_MATCH_UNSUPPORTED_OP || refused.reason() == Reason.IF_ABSENT_UNSUPPORTED_OP) {
            problem = problem.with(
                    "op", EntryValue.of(ops.get(refused.index()).kind().wireName()));
        }
        return batch
                ? problem.with("op_index", EntryValue.of(refused.index()))
                        .with("path", EntryValue.of(refused.path().toString()))
                : problem;
    }
}
