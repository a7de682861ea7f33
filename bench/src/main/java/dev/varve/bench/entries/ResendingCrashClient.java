package dev.varve.bench.entries;

import dev.varve.bench.Http;
import dev.varve.bench.entries.WebSocketClient.Form;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Counts over a WebSocket, and sends again under its name what was not answered; some of what was answered, too. Each counts once. */
final class ResendingCrashClient extends CrashClient {

    /** Ahead of every store, with paths that nobody writes to: the join is told nothing of what others do. */
    private static final String JOIN = "{\"last_store_seq\":1000000000000,\"paths\":[\"never\"]}";

    private final String topic;
    private final String store;
    private final String device;
    private final String path;
    private @Nullable WebSocketClient socket;
    private long refs;
    private long sent;

    /** Sent, and not answered. */
    private boolean inDoubt;

    ResendingCrashClient(int number, int port, String store, long seed) {
        super(port, seed);
        this.topic = "store:" + store;
        this.store = "/api/stores/" + store;
        this.device = "resending-" + number;
        this.path = "s/" + number;
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        boolean again = sent > 0 && random.nextInt(5) == 0;
        try {
            if (again) {
                count("sent again");
            } else {
                sent++;
                inDoubt = true;
            }
            String wrong = increment();
            inDoubt = false;
            acknowledged++;
            return wrong;
        } catch (IOException e) {
            cut();
            throw e;
        }
    }

    private @Nullable String increment() throws IOException {
        WebSocketClient open = joined();
        String ref = Long.toString(++refs);
        open.send("[\"1\",\"" + ref + "\",\"" + topic + "\",\"write\",{\"op\":\"increment\",\"path\":\"" + path
                + "\",\"value\":1,\"client_op_id\":\"" + path + "-" + sent + "\"}]");
        JsonNode reply = reply(open, ref);
        return reply.path("status").stringValue().equals("ok") ? null : "an increment was answered " + reply;
    }

    private WebSocketClient joined() throws IOException {
        WebSocketClient open = socket;
        if (open == null) {
            open = new WebSocketClient(
                    port, device, random.nextBoolean() ? Form.JSON : Form.MESSAGE_PACK, TIMEOUT_MILLIS, 0);
            socket = open;
            open.send("[\"1\",\"1\",\"" + topic + "\",\"phx_join\"," + JOIN + "]");
            refs = 1;
            JsonNode reply = reply(open, "1");
            if (!reply.path("status").stringValue().equals("ok")) {
                throw new IOException("the join was answered " + reply);
            }
        }
        return open;
    }

    private static JsonNode reply(WebSocketClient open, String ref) throws IOException {
        while (true) {
            JsonNode message = WatchCalls.JSON.readTree(open.next());
            String event = message.get(3).stringValue();
            if (event.equals("phx_reply") && ref.equals(message.get(1).asString(""))) {
                return message.get(4);
            }
            if (event.equals("phx_error") || event.equals("phx_close")) {
                throw new IOException("the channel ends: " + message);
            }
        }
    }

    private void cut() {
        WebSocketClient open = socket;
        socket = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        cut();
        if (inDoubt) {
            String wrong = increment();
            if (wrong != null) {
                return wrong;
            }
            inDoubt = false;
            count("sent again after a crash");
        }
        String found = EntryWriter.value(get(http, store + "/entries/" + path));
        cut();
        return Long.toString(sent).equals(found == null ? "0" : found)
                ? null
                : path + " was counted up " + sent + " times, is " + found;
    }
}
