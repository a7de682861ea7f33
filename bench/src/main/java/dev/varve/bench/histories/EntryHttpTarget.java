package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.bench.Http;
import dev.varve.bench.histories.HttpCalls.Call;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A server over one connection, which may be lost at any time. Confined to its client's thread. */
final class EntryHttpTarget implements EntryTarget {

    private static final int LOG_PAGE = 1_000;
    private static final long MILLIS_PER_SECOND = 1_000;

    private final HttpCalls calls;

    EntryHttpTarget(int port) {
        this.calls = new HttpCalls(port);
    }

    @Override
    public boolean recognises() {
        return false;
    }

    @Override
    public Outcome<EntryAnswer> call(String prefix, EntryRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        if (!calls.connect()) {
            return Outcome.notApplied();
        }
        String store = "/api/stores/" + prefix + request.store();
        if (request instanceof EntryRequest.Log) {
            try {
                return log(store);
            } catch (IOException e) {
                return patience == Patience.NONE ? Outcome.notApplied() : Outcome.open();
            }
        }
        return calls.send(call(store, request), patience, random, answer -> answered(request, answer));
    }

    private static Call call(String store, EntryRequest request) {
        return switch (request) {
            case EntryRequest.Write write -> write.ops().size() == 1 ? one(store, write) : batch(store, write.ops());
            case EntryRequest.Get(String _, String path) -> Call.of("GET", store + "/entries/" + path);
            case EntryRequest.GetMany(String _, List<String> paths) ->
                Call.json("POST", store + "/entries/batch", "{\"paths\":[\"" + String.join("\",\"", paths) + "\"]}");
            case EntryRequest.ListBelow(String _, String path) ->
                Call.of("GET", store + "/entries?limit=1000&pattern=" + (path.isEmpty() ? "**" : path + "/**"));
            case EntryRequest.Drop _ -> Call.of("DELETE", store);
            case EntryRequest.Log _ -> throw new IllegalArgumentException("takes several requests");
            case EntryRequest.Expire _ -> throw new IllegalArgumentException("nobody asks for it: " + request);
        };
    }

    /** One change: by the request of its own where it has one. */
    private static Call one(String store, EntryRequest.Write write) {
        EntryRequest.Op op = write.ops().getFirst();
        if (op.terms() != null) {
            return Call.json("POST", store + "/leases/" + op.path(), lease(op.kind(), op.terms()));
        }
        boolean inBody = op.fence() != null
                || op.livesMillis() % MILLIS_PER_SECOND != 0
                || write.name().hashCode() % 2 == 0;
        return switch (op.kind()) {
            case SET ->
                inBody || isEmptyObject(op.value())
                        ? Call.json("POST", store + "/entries", fields(op))
                        : Call.json(
                                "PUT",
                                store + "/entries/" + op.path(),
                                EntryValues.text(Objects.requireNonNull(op.value())),
                                headers(op));
            case DELETE ->
                inBody
                        ? Call.json("DELETE", store + "/entries", fields(op))
                        : Call.of("DELETE", store + "/entries/" + op.path(), headers(op));
            default -> batch(store, write.ops());
        };
    }

    private static boolean isEmptyObject(@Nullable EntryValue value) {
        return value instanceof EntryValue.Fields object && object.fields().isEmpty();
    }

    private static String lease(EntryOp.Kind kind, EntryRequest.Terms terms) {
        String op = kind == EntryOp.Kind.LEASE ? "acquire" : kind.wireName();
        return "{\"op\":\"" + op + "\""
                + (kind == EntryOp.Kind.RELEASE ? "" : ",\"ttl_ms\":" + terms.ttlMillis())
                + (terms.holder() == null ? "" : ",\"holder\":\"" + terms.holder() + "\"")
                + (terms.token() == null ? "" : ",\"token\":" + terms.token())
                + "}";
    }

    private static String[] headers(EntryRequest.Op op) {
        List<String> headers = new ArrayList<>();
        switch (op.condition()) {
            case NONE -> {}
            case MATCH -> headers.addAll(List.of("If-Match", Long.toString(op.revision())));
            case ABSENT -> headers.addAll(List.of("If-None-Match", "*"));
            case EMPTY -> headers.addAll(List.of("If-Subtree-None", "*"));
        }
        if (op.livesMillis() != 0) {
            headers.addAll(List.of("Entry-TTL", Long.toString(op.livesMillis() / MILLIS_PER_SECOND)));
        }
        return headers.toArray(String[]::new);
    }

    private static Call batch(String store, List<EntryRequest.Op> ops) {
        StringBuilder json = new StringBuilder("{\"ops\":[");
        for (EntryRequest.Op op : ops) {
            json.append(json.charAt(json.length() - 1) == '}' ? "," : "");
            json.append("{\"op\":\"").append(op.kind().wireName()).append("\",");
            json.append(fields(op), 1, fields(op).length());
        }
        return Call.json("POST", store + "/entries/batch_write", json + "]}");
    }

    /** A change as an object, without saying what it does. */
    static String fields(EntryRequest.Op op) {
        StringBuilder json = new StringBuilder("{\"path\":\"").append(op.path()).append('"');
        if (op.value() != null) {
            json.append(",\"value\":").append(EntryValues.text(op.value()));
        }
        switch (op.condition()) {
            case NONE -> {}
            case MATCH -> json.append(",\"if_match\":").append(op.revision());
            case ABSENT -> json.append(",\"if_absent\":true");
            case EMPTY -> json.append(",\"if_none\":true");
        }
        EntryRequest.Fence fence = op.fence();
        if (fence != null) {
            json.append(",\"fence\":{\"key\":\"").append(fence.key());
            json.append("\",\"token\":").append(fence.token()).append('}');
        }
        if (op.livesMillis() != 0) {
            json.append(",\"ttl_ms\":").append(op.livesMillis());
        }
        return json.append('}').toString();
    }

    // ---- answers ----

    private static Outcome<EntryAnswer> answered(EntryRequest request, Http.Answer answer) {
        JsonNode json = answer.body().length == 0 ? null : EntryValues.json(answer.text());
        if (answer.status() == 200 && json != null) {
            return new Outcome.Answered<>(answer(request, json));
        }
        String kind = json == null ? "" : json.path("kind").asString("");
        String error = json == null ? "" : json.path("error").asString("");
        if (answer.status() >= 500) {
            switch (kind) {
                case "overloaded", "unavailable" -> {
                    return Outcome.notApplied();
                }
                case "outcome_unknown" -> {
                    return Outcome.open();
                }
                default -> {}
            }
        } else if (answer.status() == 404 && request instanceof EntryRequest.Get && error.equals("not_found")) {
            return new Outcome.Answered<>(new EntryAnswer.Missing());
        } else if (json != null && request instanceof EntryRequest.Write && isReason(error)) {
            JsonNode current = json.path("current_revision");
            return new Outcome.Answered<>(new EntryAnswer.Refused(
                    Reason.valueOf(error.toUpperCase(Locale.ROOT)),
                    json.path("op_index").asInt(0),
                    current.isIntegralNumber() ? Long.valueOf(current.longValue()) : null));
        }
        throw new IllegalStateException(
                "status " + answer.status() + " to " + EntriesText.text(request) + ": " + answer.text());
    }

    private static boolean isReason(String name) {
        for (Reason reason : Reason.values()) {
            if (reason.wireName().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static EntryAnswer answer(EntryRequest request, JsonNode json) {
        return switch (request) {
            case EntryRequest.Write write -> written(write.ops(), json);
            case EntryRequest.Get _ -> found(json);
            case EntryRequest.GetMany _ -> {
                SortedMap<String, EntryAnswer.Found> found = new TreeMap<>();
                json.path("entries").properties().forEach(entry -> found.put(entry.getKey(), found(entry.getValue())));
                yield new EntryAnswer.Several(found);
            }
            case EntryRequest.ListBelow _ -> {
                SortedMap<String, EntryAnswer.Found> found = new TreeMap<>();
                json.path("items").forEach(item -> found.put(item.path("path").stringValue(), found(item)));
                yield new EntryAnswer.Several(found);
            }
            case EntryRequest.Drop _ -> new EntryAnswer.Dropped();
            case EntryRequest.Log _ -> throw new IllegalArgumentException("takes several requests");
            case EntryRequest.Expire _ -> throw new IllegalArgumentException("nobody asks for it: " + request);
        };
    }

    private static EntryAnswer written(List<EntryRequest.Op> ops, JsonNode json) {
        EntryOp.Kind first = ops.getFirst().kind();
        if (first == EntryOp.Kind.RELEASE) {
            boolean released = json.path("released").booleanValue();
            long seq = released ? json.path("store_seq").longValue() : EntriesModel.SEQ_NOT_TOLD;
            return new EntryAnswer.Written(List.of(new EntryAnswer.Done(seq, released, null)), seq);
        }
        long storeSeq = json.path("store_seq").longValue();
        JsonNode results = json.path("ops");
        List<EntryAnswer.Done> done = new ArrayList<>();
        if (results.isArray()) {
            for (int i = 0; i < ops.size(); i++) {
                done.add(new EntryAnswer.Done(
                        results.get(i).path("store_seq").longValue(), ops.get(i).kind() != EntryOp.Kind.CHECK, null));
            }
            if (results.size() != ops.size()) {
                throw new IllegalStateException(ops.size() + " changes were answered " + json);
            }
        } else {
            EntryValue lease = ops.getFirst().terms() == null
                    ? null
                    : EntryDraft.lease(
                            json.path("holder").asString(null),
                            json.path("token").longValue());
            done.add(new EntryAnswer.Done(storeSeq, true, lease));
        }
        return new EntryAnswer.Written(done, storeSeq);
    }

    private static EntryAnswer.Found found(JsonNode json) {
        return new EntryAnswer.Found(
                EntryValues.seen(EntryValues.of(json.path("value"))),
                EntryType.valueOf(json.path("type").stringValue().toUpperCase(Locale.ROOT)),
                json.path("revision").longValue());
    }

    /** Reads page by page, from the newest change back, and begins anew when a change came in between. */
    private Outcome<EntryAnswer> log(String store) throws IOException {
        while (true) {
            List<EntryAnswer.Change> changes = new ArrayList<>();
            long total = -1;
            for (int page = 1; total < 0 || (changes.size() < total); page++) {
                Http.Answer answer = calls.answer(Call.of("GET", store + "/log?limit=" + LOG_PAGE + "&page=" + page));
                if (answer.status() >= 500) {
                    return Outcome.notApplied();
                }
                JsonNode json = EntryValues.json(answer.text());
                long now = json.path("pagination").path("total").longValue();
                if (answer.status() != 200 || (total >= 0 && json.path("ops").isEmpty())) {
                    throw new IllegalStateException("the log was answered " + answer.status() + " " + answer.text());
                }
                if (total >= 0 && now != total) {
                    break;
                }
                total = now;
                for (JsonNode op : json.path("ops")) {
                    if (op.path("store_seq").longValue() != total - changes.size()) {
                        throw new IllegalStateException(
                                "change " + op + " was read at place " + (total - changes.size()));
                    }
                    changes.add(change(op));
                }
            }
            if (changes.size() == total) {
                return new Outcome.Answered<>(new EntryAnswer.Changes(changes.reversed()));
            }
        }
    }

    private static EntryAnswer.Change change(JsonNode op) {
        String kind = op.path("op").stringValue();
        return new EntryAnswer.Change(
                Objects.requireNonNull(EntryOp.Kind.ofWireName(kind), kind),
                op.path("path").stringValue(),
                EntryValues.told(op.get("value")),
                op.path("device_id").stringValue().equals(EntryOp.EXPIRY_DEVICE));
    }

    @Override
    public void close() {
        calls.close();
    }
}
