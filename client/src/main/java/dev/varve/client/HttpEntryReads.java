package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.api.spi.EntryPages;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads entries of one store. Thread-safe. */
final class HttpEntryReads {

    /** How often a read is begun anew that others' writes got in the way of. */
    private static final int ATTEMPTS = 10;

    private final StoreCalls calls;
    private final EntryUrls urls;
    private final String store;

    HttpEntryReads(StoreCalls calls, EntryUrls urls, String store) {
        this.calls = calls;
        this.urls = urls;
        this.store = store;
    }

    /** Reads what stands at a path now. */
    Optional<Entry> get(EntryPath path) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Entry> shown = shown(path, null);
            if (shown.isEmpty() || !TypedSubtree.mayHideTypes(shown.get())) {
                return shown;
            }
            Optional<Entry> whole = withTypes(shown.get());
            if (whole.isPresent()) {
                return whole;
            }
        }
        throw new VarveException(
                ErrorKind.OVERLOADED, path + " changes faster than it can be read; try again, or read a part of it");
    }

    /**
     * A subtree with what its texts are, of the moment when it was shown. Nothing was written to it between its revision and
     * then, so it stood like that right after that change. When that is not kept any more, what stands there now is the same
     * as long as the revision is.
     */
    private Optional<Entry> withTypes(Entry shown) {
        try {
            return Optional.of(TypedSubtree.of(shown, list(below(shown.path()), shown.revision())));
        } catch (VarveException e) {
            if (e.kind() != ErrorKind.COMPACTED) {
                throw e;
            }
        }
        Entry typed = TypedSubtree.of(shown, list(below(shown.path()), null));
        return shown(shown.path(), null)
                .filter(again -> again.type() == EntryType.MAP && again.revision() == shown.revision())
                .map(again -> typed);
    }

    /** All below a path, and where a segment of it has no written form in a pattern more than that: what it is for goes by paths. */
    private EntryQuery below(EntryPath path) {
        StringBuilder pattern = new StringBuilder();
        for (String segment : path.segments()) {
            EntryPattern literal = EntryPattern.exactly(EntryPath.of(segment));
            pattern.append(EntryUrls.isWritten(literal) ? literal.toString() : "*")
                    .append('/');
        }
        return EntryQuery.matching(store, EntryPattern.parse(pattern + "**"));
    }

    /** Reads what stood at a path right after a change. */
    Optional<Entry> getAt(EntryPath path, long storeSeq) {
        Optional<Entry> shown = shown(path, requireSeq(storeSeq));
        if (shown.isEmpty()) {
            requireStore(storeSeq);
        }
        return shown.map(entry ->
                TypedSubtree.mayHideTypes(entry) ? TypedSubtree.of(entry, list(below(entry.path()), storeSeq)) : entry);
    }

    /** The entry as the server shows it, without telling what the texts in a subtree are. */
    private Optional<Entry> shown(EntryPath path, @Nullable Long atSeq) {
        return calls.find(urls.entry(path, atSeq)).map(answer -> entry(answer.path("path"), answer));
    }

    /** Where nothing stands, whether there is a store at all. */
    private void requireStore(long storeSeq) {
        calls.get(urls.list(EntryQuery.matching(store, EntryPattern.ALL).withLimit(1), storeSeq) + "&select=keys");
    }

    static long requireSeq(long storeSeq) {
        if (storeSeq < 0) {
            throw new VarveException(ErrorKind.INVALID_PARAMS, "there is no change " + storeSeq);
        }
        return storeSeq;
    }

    Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        List<EntryValue> written = new ArrayList<>();
        paths.forEach(path -> written.add(EntryValue.of(path.toString())));
        byte[] body = EntryJson.bytes(new EntryValue.Fields(Map.of("paths", new EntryValue.Items(written))));
        Optional<EntryAnswer> answer = calls.find(urls.many(), body);
        Map<EntryPath, Entry> found = new LinkedHashMap<>();
        if (answer.isPresent()) {
            EntryAnswer entries = answer.get().object("entries");
            for (String name : entries.names()) {
                EntryPath path = entries.pathOf(name);
                found.put(path, entry(path, entries.object(name)));
            }
        }
        return found;
    }

    /** A page as of one moment, with the number of that moment. */
    EntryPage page(EntryQuery query) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<EntryAnswer> status = calls.find(urls.of("/status"));
            if (status.isEmpty()) {
                return new EntryPage(List.of(), null, 0);
            }
            try {
                return listAt(query, status.get().number("current_seq"));
            } catch (VarveException e) {
                // What was a moment ago is not kept, or the store is another by now.
                if (e.kind() != ErrorKind.COMPACTED && e.kind() != ErrorKind.NOT_FOUND) {
                    throw e;
                }
            }
        }
        throw new VarveException(ErrorKind.OVERLOADED, store + " changes faster than it can be read; try again");
    }

    /** A page as of one moment. Its number is not told, and 0. */
    EntryPage list(EntryQuery query) {
        return calls.find(urls.list(query, null))
                .map(answer -> page(query, answer, 0))
                .orElseGet(() -> new EntryPage(List.of(), null, 0));
    }

    /** A page of what stood right after a change. */
    EntryPage listAt(EntryQuery query, long storeSeq) {
        return page(query, calls.get(urls.list(query, requireSeq(storeSeq))), storeSeq);
    }

    private Iterable<Entry> list(EntryQuery query, @Nullable Long atSeq) {
        return () -> EntryPages.iterator(
                after -> atSeq == null ? list(query.withAfter(after)) : listAt(query.withAfter(after), atSeq));
    }

    private static EntryPage page(EntryQuery query, EntryAnswer answer, long storeSeq) {
        List<Entry> entries = new ArrayList<>();
        for (EntryAnswer item : answer.objects("items")) {
            entries.add(entry(item.path("path"), item));
        }
        String cursor = answer.optionalText("next_cursor");
        EntryPath next = cursor == null ? null : answer.pathOf(cursor);
        EntryPath after = query.after();
        if (next != null && after != null && next.compareTo(after) <= 0) {
            // Whoever went on there would never come to an end.
            throw answer.broken("next_cursor");
        }
        return new EntryPage(entries, next, storeSeq);
    }

    private static Entry entry(EntryPath path, EntryAnswer shown) {
        EntryType type = type(shown);
        return new Entry(path, TypedSubtree.enveloped(type, shown.value("value")), type, shown.number("revision"));
    }

    private static EntryType type(EntryAnswer shown) {
        String name = shown.text("type");
        for (EntryType type : EntryType.values()) {
            if (type.wireName().equals(name)) {
                return type;
            }
        }
        throw shown.broken("type");
    }
}
