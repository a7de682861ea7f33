package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request says of the change of one entry: which entry, and its conditions and time to live, which stand in
 * headers. Immutable.
 *
 * @param store the full name
 * @param path the entry's path
 * @param ifMatch the revision that is expected, or null
 * @param ifAbsent whether there must be no entry
 * @param ifNone whether there must be nothing at or below the path
 * @param ttlMillis how long the entry is to live, or null
 */
record EntryHead(
        String store,
        EntryPath path,
        @Nullable Long ifMatch,
        boolean ifAbsent,
        boolean ifNone,
        @Nullable Long ttlMillis) {

    /**
     * Reads it.
     *
     * @param rest the path from the organisation on, as it stands in the URL
     * @throws EntryProblem when the path or a header is not what it should be
     */
    static EntryHead of(Request request, String rest) {
        StoreTarget target = request.store(rest);
        EntryPath path = target.path();
        String match = header(request, HeaderName.IF_MATCH);
        String noneMatch = header(request, HeaderName.IF_NONE_MATCH);
        String subtreeNone = header(request, HeaderName.IF_SUBTREE_NONE);
        if (noneMatch != null && !noneMatch.equals("*")) {
            throw EntryProblem.invalid("If-None-Match only supports \"*\"");
        }
        if (subtreeNone != null && !subtreeNone.equals("*")) {
            throw EntryProblem.invalid("If-Subtree-None only supports \"*\"");
        }
        Long revision = match == null ? null : revision(match);
        if (revision != null && noneMatch != null) {
            throw EntryProblem.invalid("If-Match and If-None-Match are mutually exclusive");
        }
        if (revision != null && subtreeNone != null) {
            throw EntryProblem.invalid("If-Match and If-Subtree-None are mutually exclusive");
        }
        String ttl = header(request, HeaderName.ENTRY_TTL);
        return new EntryHead(
                target.store(),
                path,
                revision,
                noneMatch != null,
                subtreeNone != null,
                ttl == null ? null : 1000 * positive(HeaderName.ENTRY_TTL + " (seconds)", ttl));
    }

    EntryOp set(EntryValue value) {
        return op(EntryOp.Kind.SET, value);
    }

    EntryOp delete() {
        return op(EntryOp.Kind.DELETE, null);
    }

    private EntryOp op(EntryOp.Kind kind, @Nullable EntryValue value) {
        return new EntryOp(kind, path, value, ifMatch, ifAbsent, ifNone, null, null, ttlMillis);
    }

    /**
     * Sees to it that a request whose change takes no conditions, or takes them from its body, has none in its headers: nobody
     * may believe that one was looked at.
     *
     * @throws EntryProblem naming the one that is there
     */
    static void requireUnconditional(Request request) {
        refuse(request, HeaderName.IF_MATCH, "if_match_unsupported_op");
        refuse(request, HeaderName.IF_NONE_MATCH, "if_absent_unsupported_op");
        refuse(request, HeaderName.IF_SUBTREE_NONE, "if_absent_unsupported_op");
        refuse(request, HeaderName.ENTRY_TTL, "invalid_ttl");
    }

    private static void refuse(Request request, HeaderName name, String error) {
        if (!request.headers(name).isEmpty()) {
            throw EntryProblem.invalid(
                    error, name + " goes with PUT and DELETE of an entry only; bodies have fields for conditions");
        }
    }

    private static @Nullable String header(Request request, HeaderName name) {
        List<String> values = request.headers(name);
        if (values.size() > 1) {
            throw EntryProblem.invalid(name + " must come once");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    private static long revision(String header) {
        boolean quoted = header.length() > 1 && header.startsWith("\"") && header.endsWith("\"");
        return positive(HeaderName.IF_MATCH.toString(), quoted ? header.substring(1, header.length() - 1) : header);
    }

    private static long positive(String what, String digits) {
        // 15 digits are more than there will ever be and overflow nothing, not even in milliseconds.
        long number = Request.isDigits(digits) && digits.length() <= 15 ? Long.parseLong(digits) : 0;
        if (number < 1) {
            throw EntryProblem.invalid(what + " must be a positive integer");
        }
        return number;
    }
}
