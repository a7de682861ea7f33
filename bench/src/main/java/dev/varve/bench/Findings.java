package dev.varve.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a check found wrong, counted by kind, the first of each with its words. Thread-safe. */
public final class Findings {

    /** What can be wrong. All must be zero. */
    public enum Kind {
        /** Acknowledged, and not there. */
        LOST,
        /** There twice. */
        DUPLICATED,
        /** There, and never sent, or refused. */
        INVENTED,
        /** There in part. */
        TORN,
        /** There in another order than it was sent or acknowledged in. */
        REORDERED,
        /** An offset leads somewhere else than when it was given out. */
        MISPLACED,
        /** Gone before its time, by lifetime or retention, or still there long after it. */
        EXPIRED,
        /** A file in the data directory that nothing accounts for. */
        ORPHANED,
        /** A right request was refused, or the server ended by itself. */
        REFUSED
    }

    private static final int WORDS_PER_KIND = 5;

    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final List<String> words = new ArrayList<>();

    /** Adds one. */
    public void add(Kind kind, String what) {
        add(kind, 1, what);
    }

    synchronized void add(Kind kind, long count, String what) {
        long before = counts.merge(kind, count, Long::sum) - count;
        if (before < WORDS_PER_KIND) {
            words.add(name(kind) + ": " + what);
        }
    }

    /** Whether nothing was wrong. */
    public synchronized boolean none() {
        return counts.isEmpty();
    }

    /** How much was wrong. */
    public synchronized long count() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What was wrong, in words. */
    public synchronized List<String> words() {
        return List.copyOf(words);
    }

    /** As in {@code 0 lost, 0 duplicated}; the kinds at the end are left out when zero. */
    public synchronized String summary(Kind... always) {
        List<Kind> shown = new ArrayList<>(List.of(always));
        counts.keySet().stream().filter(kind -> !shown.contains(kind)).forEach(shown::add);
        return shown.stream()
                .map(kind -> counts.getOrDefault(kind, 0L) + " " + name(kind))
                .collect(Collectors.joining(", "));
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
