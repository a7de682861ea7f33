package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidEntryPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sets entries from lines of JSON, {@code {"path", "value", "type"}} each, in their order. A line that cannot be taken is counted and
 * does not stop the others. Blocks; to be used on a virtual thread. Confined to one request.
 */
final class EntryImport {

    private static final String DEVICE = "system:import";

    /** Writes that are under way at one time. */
    private static final int WINDOW = 256;

    /** How often a line is sent while the disk does not keep up, and after which pause: for a minute in all. */
    private static final int MAX_ATTEMPTS = 600;

    private static final long PAUSE_NANOS = 100_000_000;

    /** How many refused lines are named. */
    private static final int MAX_NAMED = 1_000;

    private final EntryStorage entries;
    private final String store;
    private final boolean createsStore;
    private final Runnable commit;

    private final List<Pending> window = new ArrayList<>();
    private final List<JsonText> failed = new ArrayList<>();
    private long failures;
    private long imported;
    private long skipped;
    private long unparseable;

    /** Paths written with dots, as they were before there was a header with a version. */
    private boolean dotted = true;

    private boolean first = true;

    EntryImport(EntryStorage entries, String store, boolean createsStore, Runnable commit) {
        this.entries = entries;
        this.store = store;
        this.createsStore = createsStore;
        this.commit = commit;
    }

    private record Pending(int line, String path, EntryWrite write, CompletableFuture<EntryWriteResult> result) {}

    /** Takes all lines; the answer counts them. */
    String run(byte[] body) {
        int line = 0;
        int start = 0;
        while (start < body.length) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            line++;
            take(line, Arrays.copyOfRange(body, start, end));
            start = end + 1;
        }
        flush();
        JsonText json = new JsonText()
                .field("ok", failures == 0 && unparseable == 0)
                .field("imported", imported)
                .field("skipped", skipped)
                .field("unparseable", unparseable)
                .raw("failed", EntryText.list(failed));
        return (failures > failed.size() ? json.field("failed_count", failures) : json).toString();
    }

    private void take(int line, byte[] text) {
        if (isBlank(text)) {
            return;
        }
        EntryValue value;
        try {
            value = EntryJson.parse(text);
        } catch (EntryJsonException e) {
            first = false;
            unparseable++;
            return;
        }
        boolean maybeHeader = first;
        first = false;
        if (!(value instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            skipped++;
        } else if (maybeHeader && fields.containsKey("_header")) {
            dotted = !(fields.get("path_schema_version") instanceof EntryValue.Whole(long version)
                    && version >= EntryExport.PATH_VERSION);
        } else if (!(fields.get("path") instanceof EntryValue.Text(String path)) || !fields.containsKey("value")) {
            skipped++;
        } else {
            set(line, path, fields);
        }
    }

    private static boolean isBlank(byte[] text) {
        for (byte b : text) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private void set(int line, String path, Map<String, EntryValue> fields) {
        EntryOp op;
        try {
            op = op(path, fields);
        } catch (InvalidEntryPathException e) {
            fail(line, path, e.reason());
            return;
        } catch (EntryJsonException e) {
            fail(line, path, e.detail());
            return;
        }
        // The name of a write is shown to subscribers; a very long path is cut.
        String name = "import:" + path;
        EntryWrite write = new EntryWrite(
                store,
                List.of(op),
                DEVICE,
                name.substring(0, Math.min(name.length(), EntryRoutes.MAX_OP_ID)),
                false,
                createsStore);
        window.add(new Pending(line, path, write, entries.write(write)));
        if (window.size() == WINDOW) {
            flush();
        }
    }

    private EntryOp op(String text, Map<String, EntryValue> fields) {
        EntryPath path = dotted ? EntryPath.of(Arrays.asList(text.split("\\.", -1))) : EntryPath.parse(text);
        EntryValue given = fields.get("value");
        String type = fields.get("type") instanceof EntryValue.Text(String name) ? name : null;
        EntryValue value = EntryJson.requireStorable(typed(given == null ? new EntryValue.Null() : given, type));
        boolean file = EntryType.of(value) == EntryType.FILE;
        EntryOp op = EntryOp.of(file ? EntryOp.Kind.PUT_FILE : EntryOp.Kind.SET, path, value);
        return type == null ? op : op.labelled(label(type));
    }

    private static EntryType label(String type) {
        return switch (type) {
            case "counter" -> EntryType.COUNTER;
            case "set" -> EntryType.SET;
            default -> EntryType.STRING; // what the value is by itself
        };
    }

    /** A decimal or time that was exported as its text gets its envelope back. */
    private static EntryValue typed(EntryValue value, @Nullable String type) {
        boolean envelope = value instanceof EntryValue.Text && ("decimal".equals(type) || "datetime".equals(type));
        if (!envelope || type == null) {
            return value;
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_typed", value);
        fields.put("_type", EntryValue.of(type));
        return new EntryValue.Fields(fields);
    }

    /** Waits for what is under way. */
    private void flush() {
        commit.run();
        for (int i = 0; i < window.size(); i++) {
            Pending pending = window.get(i);
            EntryWriteResult result;
            try {
                result = result(i);
            } catch (CompletionException e) {
                Problem problem = Problem.of(e);
                if (problem.status() >= 500) {
                    throw e;
                }
                fail(pending.line, pending.path, problem.kind().wireName());
                continue;
            }
            switch (result) {
                case EntryWriteResult.Written _ -> imported++;
                case EntryWriteResult.Refused refused ->
                    fail(pending.line, pending.path, refused.reason().wireName());
            }
        }
        window.clear();
    }

    /** The outcome of a line; while the disk does not keep up, it is sent again, and with it those after it, in their order. */
    private EntryWriteResult result(int index) {
        for (int attempt = 1; ; attempt++) {
            try {
                return window.get(index).result.join();
            } catch (CompletionException e) {
                if (Problem.of(e).kind() != ErrorKind.OVERLOADED || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
            for (Pending behind : window.subList(index, window.size())) {
                behind.result.exceptionally(_ -> null).join();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            for (int i = index; i < window.size(); i++) {
                Pending again = window.get(i);
                window.set(i, new Pending(again.line, again.path, again.write, entries.write(again.write)));
            }
            commit.run();
        }
    }

    private void fail(int line, String path, String reason) {
        failures++;
        if (failed.size() < MAX_NAMED) {
            failed.add(new JsonText().field("line", line).field("path", path).field("reason", reason));
        }
    }
}
