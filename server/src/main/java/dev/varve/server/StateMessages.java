package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.Offset;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Messages of the State Protocol, put together to a page of a JSON stream. A value is an entry as lists show it. Confined to
 * the thread that builds the page.
 */
final class StateMessages {

    /** The type of all that changes. */
    static final String TYPE = "entry";

    /** What becomes of an entry. */
    enum Operation {
        INSERT("insert"),
        UPDATE("update"),
        DELETE("delete");

        private final String wireName;

        Operation(String wireName) {
            this.wireName = wireName;
        }
    }

    private final StringBuilder text = new StringBuilder(512);

    /** About how many bytes the page has. */
    int length() {
        return text.length();
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    /** Forgets what was added since the page had this length. */
    void cutTo(int length) {
        text.setLength(length);
    }

    /** An entry of a snapshot. */
    void snapshot(Entry entry) {
        change(Operation.INSERT, entry.path(), entry, null);
    }

    /** What a change made of an entry. */
    void set(Operation operation, Entry entry, EntryEvent event) {
        change(operation, entry.path(), entry, event);
    }

    /** An entry that a change took away. */
    void delete(EntryPath path, EntryEvent event) {
        change(Operation.DELETE, path, null, event);
    }

    private void change(Operation operation, EntryPath path, @Nullable Entry entry, @Nullable EntryEvent event) {
        JsonText message = new JsonText().field("type", TYPE).field("key", path.toString());
        if (entry != null) {
            message.raw("value", EntryText.entry(entry).toString());
        }
        JsonText headers = new JsonText().field("operation", operation.wireName);
        if (event != null) {
            if (!event.clientOpId().isEmpty()) {
                headers.field("txid", event.clientOpId());
            }
            headers.field("timestamp", EntryText.time(event.timeMillis()));
        }
        add(message.raw("headers", headers.toString()));
    }

    /** What reads from here on is all that there is, whatever was known before. */
    void reset(Offset offset) {
        control("reset", offset);
    }

    void snapshotStart(Offset offset) {
        control("snapshot-start", offset);
    }

    void snapshotEnd(Offset offset) {
        control("snapshot-end", offset);
    }

    private void control(String what, Offset offset) {
        JsonText headers = new JsonText().field("control", what).field("offset", offset.toString());
        add(new JsonText().raw("headers", headers.toString()));
    }

    private void add(JsonText message) {
        text.append(text.isEmpty() ? '[' : ',').append(message);
    }

    /** The page; nothing when there is no message. */
    ByteBuffer toPage() {
        return text.isEmpty()
                ? ByteBuffer.allocate(0)
                : StandardCharsets.UTF_8.encode(text.append(']').toString());
    }
}
