package dev.varve.server;

import dev.varve.api.StoreInfo;
import java.util.List;

/**
 * What the URL of a view names: a store, and what follows it.
 *
 * @param store the full name of the store
 * @param rest the decoded segments behind it
 */
record ViewPath(String store, List<String> rest) {

    private static final int NAME_SEGMENTS = 2;

    /**
     * Reads the URL of a request.
     *
     * @param root what the paths of such views begin with
     * @param raw what follows it in the URL. Slashes in a row, and one at the end, do not count
     * @param behind what else a URL may have, for people
     * @throws HttpProblem when it is not percent-encoded UTF-8, or no store can have the name
     */
    static ViewPath of(String root, String raw, String behind) {
        List<String> segments = Routes.decodedSegments(raw);
        if (segments.size() < NAME_SEGMENTS) {
            throw HttpProblem.invalid(
                    "a view is called " + root + "<organisation>/<store>, and maybe " + behind + " behind it");
        }
        String store = segments.get(0) + "/" + segments.get(1);
        if (!StoreInfo.NAME.matcher(store).matches()) {
            throw HttpProblem.invalid("no store can be called " + store);
        }
        return new ViewPath(store, segments.subList(NAME_SEGMENTS, segments.size()));
    }
}
