package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * All entries of a store for a client whose next change is compacted: as one message, or in parts as the socket takes them.
 * Pages are read one after the other, so a later one may show changes that were made meanwhile. That does no harm: those
 * changes follow, each with all that it wrote. Confined to the connection's loop, except the steps of {@link #whole}, which
 * run one after the other on threads of the storage and are done before anything else is called.
 */
final class StoreSnapshot {

    /** About how many bytes one part has. */
    private static final int PART_BYTES = 256 * 1024;

    /** Bytes of a snapshot in one message that are not counted against the server's bound, so that many may join at once. */
    private static final int FREE_BYTES = 64 * 1024;

    /** It is counted in steps of so many bytes. */
    private static final int CHARGED_BYTES = 256 * 1024;

    /** Around each entry: names, quotes and braces. */
    private static final int ENTRY_BYTES = 24;

    private final PhoenixSocket socket;
    private final String store;
    private final List<EntryPattern> patterns;
    private final @Nullable PathFilter filter;
    private final boolean chunked;
    private final long maxBytes;
    private final ArrayDeque<Map<String, EntryValue>> ready = new ArrayDeque<>();

    private Map<String, EntryValue> open = new LinkedHashMap<>();
    private long openBytes;
    private int pattern;
    private @Nullable EntryPath after;
    private long storeSeq = -1;
    private long shownSeq;
    private boolean complete;
    private int part;
    /** The one message that it is, unless it comes in parts. */
    private byte @Nullable [] encoded;

    private long chargedBytes;
    private volatile boolean closed;

    StoreSnapshot(PhoenixSocket socket, String store, @Nullable PathFilter filter, boolean chunked) {
        this.socket = socket;
        this.store = store;
        this.filter = filter;
        this.patterns = filter == null ? List.of(EntryPattern.ALL) : filter.patterns();
        this.chunked = chunked;
        this.maxBytes = socket.server.limits.socketMessageBytes;
    }

    /**
     * Reads all of it, to be sent as one message.
     *
     * @return fails with a {@link PushProblem} when it is too large for that
     */
    CompletableFuture<Void> whole() {
        return rest().thenRun(() -> {
            byte[] message = message();
            if (message != null && message.length > maxBytes) {
                throw tooLarge();
            }
            encoded = message;
        });
    }

    private CompletableFuture<Void> rest() {
        // An iteration, not a recursion, over reads that are there at once.
        while (true) {
            CompletableFuture<Void> reading = read();
            if (!reading.isDone()) {
                return reading.thenCompose(_ -> complete || closed ? reading : rest());
            }
            if (complete || closed || reading.isCompletedExceptionally()) {
                return reading;
            }
        }
    }

    /** Reads the next page. */
    CompletableFuture<Void> read() {
        EntryQuery query = EntryQuery.matching(store, patterns.get(pattern)).withAfter(after);
        return socket.entries.list(query).thenAccept(this::take);
    }

    private void take(EntryPage page) {
        if (storeSeq < 0) {
            storeSeq = page.storeSeq();
        }
        shownSeq = page.storeSeq();
        PathFilter several = filter;
        for (Entry entry : page.entries()) {
            if (several == null || !several.meansByOneOfFirst(pattern, entry.path())) {
                add(entry);
            }
        }
        after = page.next();
        if (after == null && ++pattern == patterns.size()) {
            complete = true;
            ready.add(open);
            open = new LinkedHashMap<>();
        }
    }

    private void add(Entry entry) {
        String path = entry.path().toString();
        openBytes += path.length() + ENTRY_BYTES + bytes(entry.value());
        if (!chunked) {
            charge();
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("value", entry.value());
        fields.put("type", EntryValue.of(entry.type().wireName()));
        open.put(path, new EntryValue.Fields(fields));
        if (chunked && openBytes >= PART_BYTES) {
            ready.add(open);
            open = new LinkedHashMap<>();
            openBytes = 0;
        }
    }

    /** Has what is collected count against the memory of the server, step by step; a small snapshot does not. */
    private synchronized void charge() {
        if (openBytes > maxBytes) {
            throw tooLarge();
        }
        if (closed || openBytes <= Math.max(chargedBytes, FREE_BYTES)) {
            return;
        }
        long due = (openBytes / CHARGED_BYTES + 1) * CHARGED_BYTES;
        if (!socket.server.admission.tryAcquire(due - chargedBytes)) {
            throw PushProblem.of(
                    ErrorKind.OVERLOADED.wireName(), "the server has no memory for a snapshot now; try again");
        }
        chargedBytes = due;
    }

    private PushProblem tooLarge() {
        return PushProblem.of(
                        "snapshot_too_large",
                        "the store does not fit into one message: join with chunked: true, or with paths to follow a part"
                                + " of it")
                .with("limit", EntryValue.of(maxBytes));
    }

    /** At least how many bytes a value takes. */
    private static long bytes(EntryValue value) {
        return switch (value) {
            case EntryValue.Text(String text) -> text.length() + 2L;
            case EntryValue.Items(List<EntryValue> items) ->
                2 + items.stream().mapToLong(item -> 1 + bytes(item)).sum();
            case EntryValue.Fields(Map<String, EntryValue> fields) ->
                2
                        + fields.entrySet().stream()
                                .mapToLong(field -> field.getKey().length() + 4 + bytes(field.getValue()))
                                .sum();
            default -> 1;
        };
    }

    /** The payload of the next message, or null when a page must be read first or there is none any more. */
    byte @Nullable [] next() {
        byte[] whole = encoded;
        encoded = null;
        return whole == null ? message() : whole;
    }

    private byte @Nullable [] message() {
        Map<String, EntryValue> entries = ready.poll();
        if (entries == null) {
            return null;
        }
        Map<String, EntryValue> message = new LinkedHashMap<>();
        message.put("snapshot_seq", EntryValue.of(storeSeq));
        if (chunked) {
            message.put("part", EntryValue.of(++part));
            message.put("last", EntryValue.of(finished()));
        }
        message.put("entries", new EntryValue.Fields(entries));
        return socket.codec.payload(new EntryValue.Fields(message));
    }

    /** Whether all messages were taken. */
    boolean finished() {
        return complete && ready.isEmpty() && encoded == null;
    }

    /** The last change that it shows in full. */
    long storeSeq() {
        return storeSeq;
    }

    /** The last change of which it may show something. */
    long shownSeq() {
        return shownSeq;
    }

    /** Gives the memory back. */
    synchronized void close() {
        closed = true;
        socket.server.admission.release(chargedBytes);
        chargedBytes = 0;
    }
}
