package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a store from the newest back, a page at a time. Blocks; to be used on virtual threads. Confined to one
 * request.
 */
final class EntryHistory {

    /** How many changes a filtered page looks at; older ones are not shown, and the answer says so. */
    static final int MAX_SCANNED = 100_000;

    private static final int DEFAULT_LIMIT = 50;
    private static final Set<String> PARAMETERS = Set.of("path", "device_id", "op", "since", "limit", "page");

    private final EntryStorage entries;
    private final String store;

    EntryHistory(EntryStorage entries, String store) {
        this.entries = entries;
        this.store = store;
    }

    /**
     * What the log is asked for. Immutable.
     *
     * @param path what paths match, or null
     * @param deviceId who wrote, or null
     * @param op what was done, or null
     * @param since no change before it, or null
     */
    record Filter(
            @Nullable EntryPattern path,
            @Nullable String deviceId,
            EntryOp.@Nullable Kind op,
            @Nullable Instant since,
            int limit,
            int page) {

        static Filter of(@Nullable String query) {
            Query parameters = Query.of(query, PARAMETERS);
            String path = parameters.get("path");
            String op = parameters.get("op");
            String since = parameters.get("since");
            return new Filter(
                    path == null || path.isEmpty() ? null : EntryListing.pattern(path),
                    parameters.get("device_id"),
                    op == null ? null : kind(op),
                    since == null ? null : instant(since),
                    Math.min(number(parameters.get("limit"), DEFAULT_LIMIT), EntryQuery.MAX_LIMIT),
                    number(parameters.get("page"), 1));
        }

        private static EntryOp.Kind kind(String name) {
            EntryOp.Kind kind = EntryOp.Kind.ofWireName(name);
            if (kind == null) {
                throw EntryProblem.invalid("op=\"" + name + "\" is unknown");
            }
            return kind;
        }

        private static Instant instant(String text) {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException e) {
                throw EntryProblem.invalid("since must be a time such as 2026-03-31T12:00:00Z");
            }
        }

        /** The protocol takes a number that is none as if it were not there. */
        private static int number(@Nullable String text, int byDefault) {
            int number = text != null && Request.isDigits(text) && text.length() <= 9 ? Integer.parseInt(text) : 0;
            return number < 1 ? byDefault : number;
        }

        boolean isEmpty() {
            return path == null && deviceId == null && op == null && since == null;
        }

        boolean takes(EntryEvent event) {
            return (path == null || path.matches(event.path()))
                    && (deviceId == null || deviceId.equals(event.deviceId()))
                    && (op == null || op == event.kind());
        }

        boolean endsBefore(EntryEvent event) {
            return since != null && event.timeMillis() < since.toEpochMilli();
        }

        long skipped() {
            return (page - 1L) * limit;
        }
    }

    /** The answer to a request for the log. */
    String log(Filter filter, long storeSeq) {
        List<JsonText> ops = new ArrayList<>();
        long total = 0;
        boolean whole = true;
        if (filter.isEmpty()) {
            long first = firstKept(storeSeq);
            total = storeSeq - first + 1;
            long last = storeSeq - filter.skipped();
            if (last >= first) {
                long after = Math.max(first - 1, last - filter.limit());
                events(after, (int) (last - after)).reversed().forEach(event -> ops.add(EntryText.logged(event)));
            }
        } else {
            long high = storeSeq;
            long end = Math.max(0, storeSeq - MAX_SCANNED);
            boolean more = true;
            while (more && high > end) {
                long after = Math.max(end, high - EntryQuery.MAX_LIMIT);
                long kept = firstKept(after, high) - 1;
                for (EntryEvent event : events(kept, (int) (high - kept)).reversed()) {
                    if (filter.endsBefore(event)) {
                        more = false;
                        break;
                    }
                    if (filter.takes(event)) {
                        if (total >= filter.skipped() && ops.size() < filter.limit()) {
                            ops.add(EntryText.logged(event));
                        }
                        total++;
                    }
                }
                more &= kept == after;
                high = after;
            }
            whole = !more || end == 0;
        }
        JsonText pagination = new JsonText()
                .field("page", filter.page())
                .field("limit", filter.limit())
                .field("total", total)
                .field("total_pages", Math.max(1, (total + filter.limit() - 1) / filter.limit()));
        if (!whole) {
            pagination.field("truncated", true);
        }
        return new JsonText()
                .raw("ops", EntryText.list(ops))
                .raw("pagination", pagination.toString())
                .toString();
    }

    /** The newest changes, newest first. */
    List<EntryEvent> newest(long storeSeq, int count) {
        long after = Math.max(firstKept(storeSeq) - 1, storeSeq - count);
        return after >= storeSeq
                ? List.of()
                : events(after, (int) (storeSeq - after)).reversed();
    }

    /** The oldest change that is kept; one more than the newest when there is none. */
    private long firstKept(long storeSeq) {
        return firstKept(0, storeSeq);
    }

    private long firstKept(long after, long storeSeq) {
        if (after >= storeSeq || isKept(after)) {
            return after + 1;
        }
        long gone = after;
        long kept = storeSeq;
        while (kept - gone > 1) {
            long middle = (gone + kept) >>> 1;
            if (isKept(middle)) {
                kept = middle;
            } else {
                gone = middle;
            }
        }
        return kept + 1;
    }

    private boolean isKept(long after) {
        try {
            entries.events(store, after, 1).join();
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof VarveException varve && varve.kind() == ErrorKind.COMPACTED) {
                return false;
            }
            throw e;
        }
    }

    private List<EntryEvent> events(long after, int count) {
        List<EntryEvent> all = new ArrayList<>();
        while (all.size() < count) {
            List<EntryEvent> more = entries.events(
                            store, after + all.size(), Math.min(count - all.size(), EntryQuery.MAX_LIMIT))
                    .join()
                    .events();
            if (more.isEmpty()) {
                break;
            }
            all.addAll(more);
        }
        return all;
    }
}
