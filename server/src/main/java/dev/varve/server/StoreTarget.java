package dev.varve.server;

import dev.varve.api.EntryPath;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.StoreInfo;
import java.util.ArrayList;
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

    /**
     * Reads the URL of a request whose route begins with {@link #PATTERN}.
     *
     * @throws EntryProblem when it is not percent-encoded UTF-8, or no store can have the name
     */
    static StoreTarget of(Exchange exchange) {
        List<String> segments = new ArrayList<>();
        for (String raw : Routes.segments(exchange.rest)) {
            String segment = PercentDecoder.decode(raw, false);
            if (segment == null) {
                throw EntryProblem.invalid("the path of the URL is not percent-encoded UTF-8");
            }
            segments.add(segment);
        }
        String name = segments.get(0) + "/" + segments.get(1);
        if (!StoreInfo.NAME.matcher(name).matches()) {
            throw EntryProblem.notFound();
        }
        return new StoreTarget(name, List.copyOf(segments.subList(2, segments.size())));
    }

    /**
     * The path of an entry behind the name of the resource, such as {@code entries}. An encoded slash separates segments as
     * a plain one does.
     *
     * @throws EntryProblem when it is no path
     */
    EntryPath path() {
        String written = String.join("/", rest.subList(1, rest.size()));
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
