package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.bench.entries.WebSocketClient;
import dev.varve.bench.entries.WebSocketClient.Form;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A server over a WebSocket, by which it is written to, and a connection by which it is read; both may be lost at any time.
 * Some sockets speak JSON, others MessagePack. Writes are sent under their names and so recognised. Confined to its client's thread.
 */
final class EntrySocketTarget implements EntryTarget {

    private static final String DEVICE = "history";
    private static final int TIMEOUT_MILLIS = 150_000;
    private static final int PAUSE_MILLIS = 20;
    private static final int LITTLE_MICROS = 1_500;
    /** Ahead of every store, with paths that nobody writes to: a join is told nothing of what others do. */
    private static final String JOIN = "{\"last_store_seq\":1000000000000,\"paths\":[\"never\"]}";

    private final int port;
    private final EntryHttpTarget reads;
    private final Set<String> joined = new HashSet<>();
    private @Nullable WebSocketClient socket;
    private long refs;

    EntrySocketTarget(int port) {
        this.port = port;
        this.reads = new EntryHttpTarget(port);
    }

    @Override
    public boolean recognises() {
        return true;
    }

    @Override
    public Outcome<EntryAnswer> call(String prefix, EntryRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        if (!(request instanceof EntryRequest.Write write)) {
            return reads.call(prefix, request, patience, random);
        }
        String topic = "store:" + prefix + write.store();
        WebSocketClient open;
        try {
            open = joined(topic, random.nextBoolean() ? Form.JSON : Form.MESSAGE_PACK);
        } catch (IOException e) {
            cut();
            Thread.sleep(PAUSE_MILLIS);
            return Outcome.notApplied();
        }
        String ref = Long.toString(++refs);
        String message = "[\"" + topic.hashCode() + "\",\"" + ref + "\",\"" + topic + "\"," + push(write) + "]";
        try {
            return switch (patience) {
                case FULL -> {
                    open.send(message);
                    yield answered(write, reply(open, ref));
                }
                case LITTLE -> {
                    open.send(message);
                    LockSupport.parkNanos(random.nextInt(LITTLE_MICROS) * 1_000L);
                    cut();
                    yield Outcome.open();
                }
                case NONE -> {
                    // A message whose last byte never comes must never take effect.
                    open.sendInPart(message);
                    cut();
                    yield Outcome.notApplied();
                }
            };
        } catch (IOException e) {
            cut();
            return patience == Patience.NONE ? Outcome.notApplied() : Outcome.open();
        }
    }

    /** The socket, after a join; one that must be opened speaks that form. */
    private WebSocketClient joined(String topic, Form form) throws IOException {
        WebSocketClient open = socket;
        if (open == null) {
            open = new WebSocketClient(port, DEVICE, form, TIMEOUT_MILLIS, 0);
            socket = open;
        }
        if (!joined.contains(topic)) {
            String ref = Integer.toString(topic.hashCode());
            open.send("[\"" + ref + "\",\"" + ref + "\",\"" + topic + "\",\"phx_join\"," + JOIN + "]");
            JsonNode reply = reply(open, ref);
            if (!reply.path("status").stringValue().equals("ok")) {
                throw new IOException("the join was answered " + reply);
            }
            joined.add(topic);
        }
        return open;
    }

    /** The payload of the reply; what else comes on the way is passed over. */
    private static JsonNode reply(WebSocketClient open, String ref) throws IOException {
        while (true) {
            JsonNode message = EntryValues.json(open.next());
            switch (message.get(3).stringValue()) {
                case "phx_reply" -> {
                    if (ref.equals(message.get(1).asString(""))) {
                        return message.get(4);
                    }
                }
                case "phx_error", "phx_close" -> throw new IOException("the channel ends: " + message);
                default -> {}
            }
        }
    }

    // ---- requests ----

    private static String push(EntryRequest.Write write) {
        String name = "\"client_op_id\":\"" + write.name() + "\"";
        if (write.ops().size() == 1 && write.ops().getFirst().kind() != EntryOp.Kind.CHECK) {
            String op = op(write.ops().getFirst());
            return "\"write\",{" + name + "," + op.substring(1);
        }
        StringBuilder ops = new StringBuilder();
        for (EntryRequest.Op op : write.ops()) {
            ops.append(ops.isEmpty() ? "" : ",").append(op(op));
        }
        return "\"batch\",{" + name + ",\"ops\":[" + ops + "]}";
    }

    private static String op(EntryRequest.Op op) {
        String text = "{\"op\":\"" + op.kind().wireName() + "\","
                + EntryHttpTarget.fields(op).substring(1);
        EntryRequest.Terms terms = op.terms();
        if (terms == null) {
            return text;
        }
        return text.substring(0, text.length() - 1)
                + (op.kind() == EntryOp.Kind.RELEASE ? "" : ",\"ttl_ms\":" + terms.ttlMillis())
                + (terms.holder() == null ? "" : ",\"holder\":\"" + terms.holder() + "\"")
                + (terms.token() == null ? "" : ",\"token\":" + terms.token())
                + "}";
    }

    // ---- answers ----

    private static Outcome<EntryAnswer> answered(EntryRequest.Write write, JsonNode reply) {
        JsonNode response = reply.path("response");
        if (reply.path("status").stringValue().equals("ok")) {
            return new Outcome.Answered<>(written(write.ops(), response));
        }
        String reason = response.path("reason").asString("");
        switch (reason) {
            case "overloaded", "unavailable" -> {
                return Outcome.notApplied();
            }
            case "outcome_unknown" -> {
                return Outcome.open();
            }
            default -> {}
        }
        JsonNode current = response.path("current_revision");
        return new Outcome.Answered<>(new EntryAnswer.Refused(
                Reason.valueOf(reason.toUpperCase(Locale.ROOT)),
                response.path("op_index").asInt(0),
                current.isIntegralNumber() ? Long.valueOf(current.longValue()) : null));
    }

    private static EntryAnswer written(List<EntryRequest.Op> ops, JsonNode response) {
        if (response.has("released") && !response.path("released").booleanValue()) {
            long none = EntriesModel.SEQ_NOT_TOLD;
            return new EntryAnswer.Written(List.of(new EntryAnswer.Done(none, false, null)), none);
        }
        long storeSeq = response.path("store_seq").longValue();
        JsonNode results = response.path("ops");
        List<EntryAnswer.Done> done = new ArrayList<>();
        if (results.isArray()) {
            for (int i = 0; i < ops.size(); i++) {
                boolean made = ops.get(i).kind() != EntryOp.Kind.CHECK;
                done.add(new EntryAnswer.Done(results.get(i).path("store_seq").longValue(), made, null));
            }
        } else {
            EntryValue lease = response.has("token")
                    ? EntryDraft.lease(
                            response.path("holder").asString(null),
                            response.path("token").longValue())
                    : null;
            done.add(new EntryAnswer.Done(storeSeq, true, lease));
        }
        return new EntryAnswer.Written(done, storeSeq);
    }

    private void cut() {
        WebSocketClient open = socket;
        socket = null;
        joined.clear();
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() {
        cut();
        reads.close();
    }
}
