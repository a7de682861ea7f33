package dev.varve.client;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Where a server has stores and their entries. Immutable. */
final class EntryUrls {

    /** Where stores live, below the server's base URL. */
    static final String STORES = "/api/stores";

    private static final String MANY = "/entries/batch";

    private final String store;

    EntryUrls(String store) {
        this.store = store;
    }

    /** The store itself. */
    String store() {
        return STORES + "/" + store;
    }

    /** A resource of the store, such as {@code /status}. */
    String of(String resource) {
        return store() + resource;
    }

    /** An entry of the store. */
    String entry(EntryPath path, @Nullable Long atSeq) {
        return at("/entries/", path) + (atSeq == null ? "" : "?at_seq=" + atSeq);
    }

    /** A resource that is named by the path of an entry. Slashes inside segments are escaped, so none is mistaken for another. */
    String at(String resource, EntryPath path) {
        // A plus means itself in a path, but there are intermediaries that take it for a space.
        return of(resource) + Wire.encodePath(path.toString()).replace("+", "%2B");
    }

    /** Where several paths are read at once. */
    String many() {
        return of(MANY);
    }

    /** Whether a request reads although it is no GET: what is to be read stands in its body. */
    static boolean isReading(HttpRequest request) {
        String path = request.uri().getRawPath();
        int root = path.indexOf(STORES + "/");
        return request.method().equals("POST")
                && root >= 0
                && path.substring(root + STORES.length() + 1)
                        .matches("[^/]+/[^/]+(" + MANY + "|" + EventCalls.QUERY + "|" + EventCalls.COUNT + ")");
    }

    /** A page of entries. */
    String list(EntryQuery query, @Nullable Long atSeq) {
        StringBuilder url = new StringBuilder(of("/entries?limit=")).append(query.limit());
        EntryPath from = query.from();
        EntryPath to = query.to();
        if (from != null && to != null) {
            add(add(url, "from", from.toString()), "to", to.toString());
        } else {
            add(url, "pattern", written(query.pattern()));
        }
        EntryPath after = query.after();
        if (after != null) {
            add(url, "after", after.toString());
        }
        return (atSeq == null ? url : url.append("&at_seq=").append(atSeq)).toString();
    }

    private static StringBuilder add(StringBuilder url, String name, String value) {
        return url.append('&').append(name).append('=').append(Wire.encodeQuery(value));
    }

    private static String written(EntryPattern pattern) {
        requireWritten(pattern);
        return pattern.toString();
    }

    /** Refuses a pattern that a server cannot be told. */
    static void requireWritten(EntryPattern pattern) {
        if (!isWritten(pattern)) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "a pattern with a segment that reads \\* or \\** itself has no written form, so it cannot be asked for over HTTP");
        }
    }

    /** Whether what a pattern is written as means it. */
    static boolean isWritten(EntryPattern pattern) {
        return EntryPattern.parse(pattern.toString()).equals(pattern);
    }
}
