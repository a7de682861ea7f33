package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.InvalidEntryPathException;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a request to list entries asks for. Immutable.
 *
 * @param query which entries
 * @param select what to tell of them
 * @param atSeq the change right after which to look; null for now
 */
record EntryListing(
        EntryQuery query, Select select, @Nullable Long atSeq) {

    /** What is told of each entry. */
    enum Select {
        ENTRIES,
        KEYS,
        PREFIXES
    }

    /** What is said beside a detail that clients know to the letter. */
    static final String HINT = "hint";

    private static final int DEFAULT_LIMIT = 50;
    private static final String AT_SEQ = "at_seq";
    private static final Set<String> PARAMETERS =
            Set.of("pattern", "from", "to", "limit", "after", "order", "select", AT_SEQ);

    /**
     * Reads the parameters of a URL.
     *
     * @throws EntryProblem naming the one that is wrong
     */
    static EntryListing of(String store, @Nullable String text) {
        Query parameters = Query.of(text, PARAMETERS);
        String pattern = parameters.get("pattern");
        String from = parameters.get("from");
        String to = parameters.get("to");
        if (pattern != null && (from != null || to != null)) {
            throw EntryProblem.invalid("conflicting_params", "use either pattern or from/to, not both");
        }
        if (from != null && to == null) {
            throw EntryProblem.invalid("from requires to");
        }
        if (to != null && from == null) {
            throw EntryProblem.invalid("to requires from");
        }
        EntryPattern matching = pattern == null ? EntryPattern.ALL : pattern(pattern);
        Select select = select(parameters.get("select"));
        if (select == Select.PREFIXES) {
            checkPrefixes(matching, from != null);
        }
        EntryQuery query = new EntryQuery(
                store,
                matching,
                path("from", from),
                path("to", to),
                after(parameters.get("after")),
                descending(parameters.get("order")),
                limit(parameters.get("limit")));
        Long atSeq = atSeq(parameters);
        if (atSeq != null && query.descending()) {
            throw EntryProblem.invalid("order=\"desc\" does not go with at_seq");
        }
        return new EntryListing(query, select, atSeq);
    }

    /** The moment that a request to read one entry asks for; null for now. */
    static @Nullable Long atSeq(@Nullable String query) {
        return atSeq(Query.of(query, Set.of(AT_SEQ)));
    }

    private static @Nullable Long atSeq(Query parameters) {
        String text = parameters.get(AT_SEQ);
        Long seq = text == null ? null : HistoryRoutes.sequence(text);
        if (text != null && seq == null) {
            throw EntryProblem.invalid("at_seq must be an integer, 0 or above");
        }
        return seq;
    }

    /**
     * Reads a pattern.
     *
     * @throws EntryProblem when it is none
     */
    static EntryPattern pattern(String text) {
        if (text.isEmpty()) {
            throw EntryProblem.invalid("pattern must be a non-empty string");
        }
        try {
            return EntryPattern.parse(text);
        } catch (InvalidEntryPathException e) {
            // Clients know this one text for every reason.
            throw EntryProblem.invalid("pattern has empty segments").with(HINT, e.reason());
        }
    }

    private static void checkPrefixes(EntryPattern pattern, boolean range) {
        if (range) {
            throw EntryProblem.invalid("unsupported_select", "select=prefixes not supported for range");
        }
        String text = pattern.toString();
        if (!text.equals("**") && !text.endsWith("/**")) {
            throw EntryProblem.invalid(
                    "invalid_pattern_for_prefixes",
                    "select=prefixes needs the pattern ** or <base>/** (<base>.** in the old spelling)");
        }
    }

    private static @Nullable EntryPath path(String name, @Nullable String text) {
        if (text == null) {
            return null;
        }
        if (text.isEmpty()) {
            throw EntryProblem.invalid(name + " must be a non-empty string");
        }
        try {
            return EntryPath.parse(text);
        } catch (InvalidEntryPathException e) {
            throw EntryProblem.invalid(name + " must be a valid path");
        }
    }

    private static @Nullable EntryPath after(@Nullable String text) {
        return text == null || text.isEmpty() ? null : path("after", text);
    }

    private static boolean descending(@Nullable String order) {
        return switch (order) {
            case null -> false;
            case "asc" -> false;
            case "desc" -> true;
            default -> throw EntryProblem.invalid("order=\"" + order + "\"").with(HINT, "use asc or desc");
        };
    }

    private static Select select(@Nullable String select) {
        return switch (select) {
            case null -> Select.ENTRIES;
            case "entries" -> Select.ENTRIES;
            case "keys" -> Select.KEYS;
            case "prefixes" -> Select.PREFIXES;
            default ->
                throw EntryProblem.invalid("select=\"" + select + "\"").with(HINT, "use entries, keys or prefixes");
        };
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        int limit = Request.isDigits(text) && text.length() <= 4 ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > EntryQuery.MAX_LIMIT) {
            throw EntryProblem.invalid("limit must be 1.." + EntryQuery.MAX_LIMIT);
        }
        return limit;
    }

    /** The answer to the request. */
    String json(EntryPage page) {
        JsonText json = new JsonText()
                .raw(
                        "items",
                        switch (select) {
                            case ENTRIES ->
                                EntryText.list(page.entries().stream()
                                        .map(EntryText::entry)
                                        .toList());
                            case KEYS ->
                                EntryText.paths(
                                        page.entries().stream().map(Entry::path).toList());
                            case PREFIXES -> EntryText.paths(prefixes(page));
                        });
        EntryPath next = page.next();
        return json.fieldOrNull("next_cursor", next == null ? null : next.toString())
                .toString();
    }

    /** The entries' paths cut one segment behind the pattern's base, each once. */
    private Collection<EntryPath> prefixes(EntryPage page) {
        int segments = query.pattern().depth() + 1;
        TreeSet<EntryPath> prefixes = new TreeSet<>();
        for (Entry entry : page.entries()) {
            prefixes.add(EntryPath.of(entry.path().segments().subList(0, segments)));
        }
        return query.descending() ? prefixes.descendingSet() : prefixes;
    }
}
