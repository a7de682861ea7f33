package dev.varve.testkit.engine;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads of entries in the middle of all that a simulation does. Each shows what stood there right after one change: the one it was asked
 * for, or one of those between the question and the answer. All that was shown is there after a crash, too. Confined to one thread.
 */
final class SimulatedLooks {

    /** What says that nothing could be read. */
    private static final Set<ErrorKind> FAILURES =
            EnumSet.of(ErrorKind.UNAVAILABLE, ErrorKind.OVERLOADED, ErrorKind.OUT_OF_SPACE, ErrorKind.CORRUPT);

    private static final List<EntryPattern> PATTERNS = Stream.of("**", "a/**", "a/b/**", "a/*", "*", "a", "s/**")
            .map(EntryPattern::parse)
            .toList();

    private static final int MAX_EVENTS = 12;

    /** All that was changed, and what stood there after a change. */
    record Truth(List<EntryEvent> events, LongFunction<SimulatedTree> trees) {}

    /** Whether an answer is right for one who sees what stood there right after a change. */
    @FunctionalInterface
    private interface Fits<T> {
        boolean after(long seq, T answer, Truth truth);
    }

    /** One read. */
    private static final class Look<T> {
        final String what;
        final String store;
        final Fits<T> fits;

        /** The first and the last change right after which it may have looked. */
        final long first;

        long last;

        /** It may be refused when history is gone up to beyond this change. */
        long needed;

        /** Up to where history was gone when it was answered. */
        long compactedSeq;

        @Nullable CompletableFuture<T> answer;

        Look(String what, String store, long first, Fits<T> fits) {
            this.what = what;
            this.store = store;
            this.first = first;
            this.last = first;
            this.needed = first;
            this.fits = fits;
        }

        void compare(Truth truth) {
            T given = answer == null ? null : answer.join();
            if (last > truth.events.size()) {
                throw new AssertionError(
                        what + " may show change " + last + ", of " + truth.events.size() + " that are there");
            }
            for (long seq = first; seq <= last; seq++) {
                if (given != null && fits.after(seq, given, truth)) {
                    return;
                }
            }
            List<SimulatedTree> possible = new ArrayList<>();
            for (long seq = first; seq <= last; seq++) {
                possible.add(truth.trees.apply(seq));
            }
            throw new AssertionError(what + " of " + store + " right after one of the changes " + first + " to " + last
                    + " gives " + given + ", where these stood: " + possible);
        }
    }

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final Consumer<String> notes;
    private final List<EntryPath> paths;
    private final List<Look<?>> underWay = new ArrayList<>();
    private final List<Look<?>> answered = new ArrayList<>();

    /**
     * Nobody has looked yet.
     *
     * @param paths at which something may stand
     */
    SimulatedLooks(SplittableRandom random, SimulationCounts counts, Consumer<String> notes, List<EntryPath> paths) {
        this.random = random;
        this.counts = counts;
        this.notes = notes;
        this.paths = paths;
    }

    /** Looks at a store, if it is there. */
    void look(EntryStorage storage, String store) {
        StoreInfo info = storage.store(store).orElse(null);
        if (info == null) {
            return;
        }
        long now = info.storeSeq();
        long before = info.compactedSeq() + random.nextLong(now - info.compactedSeq() + 1);
        switch (random.nextInt(7)) {
            case 0 -> {
                EntryQuery query = query(store, false);
                ask(
                        storage,
                        new Look<>(query + " at " + before, store, before, listed(query)),
                        storage.listAt(query, before));
            }
            case 1 -> {
                EntryQuery query = query(store, random.nextBoolean());
                askNow(storage, new Look<>(query.toString(), store, now, listed(query)), storage.list(query));
            }
            case 2 -> {
                EntryPath path = path();
                ask(
                        storage,
                        new Look<>(path + " at " + before, store, before, stood(path)),
                        storage.getAt(store, path, before));
            }
            case 3 -> {
                EntryPath path = path();
                askNow(storage, new Look<>(path.toString(), store, now, stood(path)), storage.get(store, path));
            }
            case 4 -> {
                List<EntryPath> several =
                        Stream.of(path(), path(), path()).distinct().toList();
                askNow(
                        storage,
                        new Look<>(several.toString(), store, now, stood(several)),
                        storage.getMany(store, several));
            }
            case 5 -> {
                int limit = 1 + random.nextInt(MAX_EVENTS);
                Look<EntryEventPage> look =
                        new Look<>(limit + " changes after " + before, store, now, changes(before, limit));
                look.needed = before;
                askNow(storage, look, storage.events(store, before, limit));
            }
            default -> {
                long after = before + random.nextLong(now - before + 1);
                ask(
                        storage,
                        new Look<>("from " + before + " to " + after, store, before, differ(before, after)),
                        storage.diff(store, before, after));
            }
        }
    }

    private EntryPath path() {
        return paths.get(random.nextInt(paths.size()));
    }

    private @Nullable EntryPath bound() {
        return random.nextInt(4) == 0 ? path() : null;
    }

    private EntryQuery query(String store, boolean descending) {
        EntryPattern pattern = PATTERNS.get(random.nextInt(PATTERNS.size()));
        int limit = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : EntryQuery.MAX_LIMIT;
        return new EntryQuery(store, pattern, bound(), bound(), bound(), descending, limit);
    }

    /** Asks for an earlier moment. */
    private <T> void ask(EntryStorage storage, Look<T> look, CompletableFuture<T> answer) {
        notes.accept("entries " + look.what);
        look.answer = answer;
        underWay.add(look);
        CompletableFuture<?> _ = answer.whenComplete(
                (_, _) -> storage.store(look.store).ifPresent(info -> look.compactedSeq = info.compactedSeq()));
    }

    /** Asks for what stands there now, which until the answer may change. */
    private <T> void askNow(EntryStorage storage, Look<T> look, CompletableFuture<T> answer) {
        ask(storage, look, answer);
        CompletableFuture<?> _ =
                answer.whenComplete((_, _) -> storage.store(look.store).ifPresent(info -> {
                    look.last = info.storeSeq();
                    if (look.last > look.first) {
                        counts.add(SimulationCounts.Event.ENTRIES_READ_DURING_WRITES);
                    }
                }));
    }

    // ---- what is right

    private static Fits<EntryPage> listed(EntryQuery query) {
        return (seq, page, truth) -> {
            List<SimulatedTree.Shown> all = truth.trees.apply(seq).list(query);
            int size = Math.min(query.limit(), all.size());
            return page.storeSeq() == seq
                    && SimulatedTree.Shown.of(page.entries()).equals(all.subList(0, size))
                    && (page.next() != null || size == all.size());
        };
    }

    private static Fits<Optional<Entry>> stood(EntryPath path) {
        return (seq, entry, truth) -> truth.trees.apply(seq).isAt(path, entry.orElse(null));
    }

    private static Fits<List<Entry>> stood(List<EntryPath> paths) {
        return (seq, entries, truth) ->
                SimulatedTree.Shown.of(entries).equals(truth.trees.apply(seq).at(paths));
    }

    private static Fits<EntryEventPage> changes(long after, int limit) {
        return (seq, page, truth) -> {
            int end = Math.toIntExact(after) + page.events().size();
            return page.storeSeq() == seq
                    && end <= seq
                    && page.events().equals(truth.events.subList(Math.toIntExact(after), end))
                    // A page never ends inside a write, so that it may have more or less than was asked for.
                    && (seq - after > limit ? end > after : end == seq);
        };
    }

    private static Fits<List<EntryDifference>> differ(long before, long after) {
        return (_, given, truth) -> SimulatedTree.Differing.of(given)
                .equals(truth.trees.apply(before).differences(truth.trees.apply(after)));
    }

    // ---- judging

    /** Everything that can happen has happened. */
    void settle(SimulatedUsers.Excuses excuses) {
        for (Look<?> look : underWay) {
            CompletableFuture<?> answer = look.answer;
            if (answer == null || !answer.isDone()) {
                throw new AssertionError("a read of entries was not answered: " + look.what);
            }
            if (!answer.isCompletedExceptionally()) {
                answered.add(look);
                continue;
            }
            VarveException failure = StreamWords.failure(answer.exceptionNow());
            boolean compacted = failure.kind() == ErrorKind.COMPACTED && look.needed < look.compactedSeq;
            boolean excused = excuses.faulty && FAILURES.contains(failure.kind());
            if (!compacted && !excused) {
                throw new AssertionError("a read of entries failed without a reason: " + look.what, failure);
            }
        }
        underWay.clear();
    }

    /** The process is gone, and with it whoever waited for an answer. */
    void crashed() {
        underWay.clear();
    }

    /** Compares what was shown of a store with all of its changes. */
    void compare(String store, List<EntryEvent> events, LongFunction<SimulatedTree> trees) {
        Map<Long, SimulatedTree> made = new HashMap<>();
        Truth truth = new Truth(events, seq -> made.computeIfAbsent(seq, trees::apply));
        answered.stream().filter(look -> look.store.equals(store)).forEach(look -> look.compare(truth));
        answered.removeIf(look -> look.store.equals(store));
    }
}
