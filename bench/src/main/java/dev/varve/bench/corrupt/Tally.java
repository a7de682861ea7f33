package dev.varve.bench.corrupt;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts verdicts by what happened and by what it happened to, and keeps what may not happen. Thread-safe. */
final class Tally {

    /** One row of the table. */
    private static final class Counts {
        private final Map<Verdict.Kind, Long> counts = new EnumMap<>(Verdict.Kind.class);

        void add(Verdict verdict) {
            counts.merge(verdict.kind(), 1L, Long::sum);
        }

        long of(Verdict.Kind kind) {
            return counts.getOrDefault(kind, 0L);
        }
    }

    private final Map<Damage.Kind, Counts> byDamage = new EnumMap<>(Damage.Kind.class);
    private final Map<FileKind, Counts> byFile = new EnumMap<>(FileKind.class);
    private final Map<String, Counts> byStore = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private long cases;

    synchronized void add(Damage damage, Verdict verdict) {
        cases++;
        byDamage.computeIfAbsent(damage.kind(), kind -> new Counts()).add(verdict);
        byFile.computeIfAbsent(FileKind.of(damage.file()), kind -> new Counts()).add(verdict);
        byStore.computeIfAbsent(damage.store(), store -> new Counts()).add(verdict);
        if (verdict.kind() == Verdict.Kind.WRONG) {
            wrong.add(damage + "\n    " + verdict.words());
        }
    }

    synchronized long cases() {
        return cases;
    }

    synchronized int wrong() {
        return wrong.size();
    }

    synchronized String table() {
        StringBuilder text = new StringBuilder(String.format("%-28s", ""));
        for (Verdict.Kind verdict : Verdict.Kind.values()) {
            text.append(String.format("%10s", verdict.word()));
        }
        text.append('\n');
        byDamage.forEach((kind, counts) -> row(text, kind.word(), counts));
        text.append('\n');
        byFile.forEach((kind, counts) -> row(text, kind.word(), counts));
        text.append('\n');
        byStore.forEach((store, counts) -> row(text, store, counts));
        return text.toString();
    }

    private static void row(StringBuilder text, String name, Counts counts) {
        text.append(String.format("%-28s", name));
        for (Verdict.Kind verdict : Verdict.Kind.values()) {
            text.append(String.format("%,10d", counts.of(verdict)));
        }
        text.append('\n');
    }
}
