package dev.varve.bench.entries;

import java.util.List;

/** Which paths a reader asked for, decided by this test alone. Immutable. */
record WatchPattern(String text) {

    static final WatchPattern ALL = new WatchPattern("**");

    boolean isAll() {
        return text.equals("**");
    }

    /** Whether it means exactly this path. */
    boolean means(String path) {
        List<String> wanted = List.of(text.split("/"));
        List<String> given = List.of(path.split("/"));
        boolean open = wanted.getLast().equals("**");
        return (open ? given.size() >= wanted.size() : given.size() == wanted.size()) && agrees(wanted, given);
    }

    /** Whether a change at this path concerns it: at what it means, or above. */
    boolean isConcernedBy(String path) {
        List<String> given = List.of(path.split("/"));
        List<String> wanted = List.of(text.split("/"));
        return means(path) || (given.size() < wanted.size() && agrees(wanted, given));
    }

    private static boolean agrees(List<String> wanted, List<String> given) {
        for (int i = 0; i < Math.min(wanted.size(), given.size()); i++) {
            String one = wanted.get(i);
            if (one.equals("**")) {
                return true;
            }
            if (!one.equals("*") && !one.equals(given.get(i))) {
                return false;
            }
        }
        return true;
    }
}
