package dev.varve.server;

import dev.varve.api.EntryPath;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.StoreInfo;
import java.util.List;

/**
 * The store that a URL names, and what follows it. Immutable.
 *
 * @param store the full name
 * @param rest the segments after it, decoded
 */
record StoreTarget(String store, List<String> rest) {

    /** Where stores live. */
    static final String ROOT = EntryProblem.ROOT + "stores";

    /** A store in a route's pattern. */
    static final String PATTERN = ROOT + "/{org}/{store}";

    private static final int MAX_ORGANISATION = 63;
    private static final int MAX_STORE = 128;

    /**
     * Reads the URL of a request whose route begins with {@link #PATTERN}.
     *
     * @throws HttpProblem when it is not percent-encoded UTF-8, or no store can have the name
     */
    static StoreTarget of(Exchange exchange) {
        return exchange.request.store(exchange.rest);
    }

    /**
     * Reads the path of a URL.
     *
     * @param rest from the organisation on, as it stands there
     * @throws HttpProblem as above
     */
    static StoreTarget of(String rest) {
        List<String> segments = Routes.decodedSegments(rest);
        String name = segments.get(0) + "/" + segments.get(1);
        if (!isName(name)) {
            throw HttpProblem.of(ErrorKind.NOT_FOUND, "no store can be called so");
        }
        return new StoreTarget(name, List.copyOf(segments.subList(2, segments.size())));
    }

    /** Whether a store can be called so: what {@link StoreInfo#NAME} says, told for each request without a search. */
    static boolean isName(String name) {
        int slash = name.indexOf('/');
        return slash >= 0
                && isPart(name, 0, slash, MAX_ORGANISATION, "-")
                && isPart(name, slash + 1, name.length(), MAX_STORE, "._-");
    }

    private static boolean isPart(String name, int from, int to, int most, String signs) {
        if (to == from || to - from > most) {
            return false;
        }
        for (int i = from; i < to; i++) {
            char c = name.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && (i == from || signs.indexOf(c) < 0)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The path of an entry behind the name of the resource, such as {@code entries}. An encoded slash separates segments as
     * a plain one does.
     *
     * @throws EntryProblem when it is no path
     */
    EntryPath path() {
        String written = rest.size() == 2 ? rest.getLast() : String.join("/", rest.subList(1, rest.size()));
        try {
            return EntryPath.parse(written);
        } catch (InvalidEntryPathException e) {
            throw EntryProblem.invalid(
                    switch (e.reason()) {
                        case InvalidEntryPathException.EMPTY_PATH -> "path is required";
                        case InvalidEntryPathException.EMPTY_SEGMENT -> "path cannot contain empty segments";
                        default -> e.reason();
                    });
        }
    }
}
