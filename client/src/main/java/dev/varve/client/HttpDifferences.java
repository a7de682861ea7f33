package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares two moments of a store. The server says which paths differ, but of their values neither the type nor the revision, and
 * no entry looks like one that is null; so the entries themselves are read, of both moments. Thread-safe.
 */
final class HttpDifferences {

    private final StoreCalls calls;
    private final EntryUrls urls;
    private final HttpEntryReads reads;
    private final String store;

    HttpDifferences(StoreCalls calls, EntryUrls urls, HttpEntryReads reads, String store) {
        this.calls = calls;
        this.urls = urls;
        this.reads = reads;
        this.store = store;
    }

    List<EntryDifference> between(long fromSeq, long toSeq) {
        if (fromSeq < 0 || toSeq < fromSeq) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "the later moment is the second one; they were " + fromSeq + " and " + toSeq);
        }
        EntryAnswer answer = calls.get(urls.of("/diff?from_seq=" + fromSeq + "&to_seq=" + toSeq));
        if (answer.number("to_seq") != toSeq) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "there is no change " + toSeq + " yet; the last one is " + answer.number("to_seq"));
        }
        List<EntryPath> paths = new ArrayList<>();
        answer.objects("changes").forEach(change -> paths.add(change.path("path")));
        Map<EntryPath, Entry> before = at(paths, fromSeq);
        Map<EntryPath, Entry> after = at(paths, toSeq);
        List<EntryDifference> differences = new ArrayList<>(paths.size());
        paths.forEach(path -> differences.add(new EntryDifference(path, before.get(path), after.get(path))));
        return differences;
    }

    /**
     * The entries at some paths right after a change.
     *
     * @param paths in their order
     */
    private Map<EntryPath, Entry> at(List<EntryPath> paths, long storeSeq) {
        Map<EntryPath, Entry> found = new HashMap<>();
        Set<EntryPath> wanted = new HashSet<>(paths);
        int next = 0;
        while (next < paths.size()) {
            // What lies between two paths is passed over: each page begins at a path that is wanted.
            int limit = Math.min(EntryQuery.MAX_LIMIT, paths.size() - next);
            EntryPath end = rightAfter(paths.get(paths.size() - 1));
            EntryPage page = reads.listAt(
                    new EntryQuery(store, EntryPattern.ALL, paths.get(next), end, null, false, limit), storeSeq);
            for (Entry entry : page.entries()) {
                if (wanted.contains(entry.path())) {
                    found.put(entry.path(), entry);
                }
            }
            EntryPath last = page.next();
            if (last == null) {
                break;
            }
            while (next < paths.size() && paths.get(next).compareTo(last) <= 0) {
                next++;
            }
        }
        return found;
    }

    /** A path behind another, with little between them. */
    private static EntryPath rightAfter(EntryPath path) {
        try {
            return path.child("!");
        } catch (InvalidEntryPathException e) {
            // There is no longer path; the last of all there can be will do.
            return EntryPath.of("\uDBFF\uDFFF\uDBFF\uDFFF");
        }
    }
}
