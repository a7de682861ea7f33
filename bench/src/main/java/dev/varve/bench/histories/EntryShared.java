package dev.varve.bench.histories;

import dev.varve.api.EntryValue;
import dev.varve.bench.histories.EntryRequest.Op;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the clients of one history of entries have in common. Thread-safe. */
final class EntryShared {

    private static final int MAX_STORES = 2;
    private static final int MAX_OF_A_KIND = 3;
    private static final int MAX_IMPATIENCE_PERCENT = 6;
    private static final int TIMED_ONE_IN = 3;
    private static final int MAX_TIMED_PERCENT = 20;
    private static final int MAX_PASSING = 8;
    private static final int SECONDS_ONE_IN = 4;
    private static final long SECOND_MILLIS = 1_000;
    private static final int MIN_LIFE_MILLIS = 10;
    private static final int MAX_LIFE_MILLIS = 60;

    final Notes notes;
    final int clients;
    final List<String> stores;
    final List<String> registers;
    final List<String> records;
    final List<String> counters;
    final List<String> sets;
    final List<String> leases;
    final int impatiencePercent;

    /**
     * What is set for some time only, and not so often that it would never go by itself. Empty in most histories: in the
     * others somebody has to wait in the end.
     */
    final List<String> passing;

    /** How many of the other sets are for some time only. */
    private final int timedPercent;

    /** Whether their times are whole seconds, which a header can say. */
    private final boolean seconds;

    private final Set<Timed> timed = ConcurrentHashMap.newKeySet();

    /** Names of writes, and values, each given once. */
    final AtomicLong next = new AtomicLong(1);

    private final Map<String, Long> tokens = new ConcurrentHashMap<>();

    EntryShared(String prefix, int clients, SplittableRandom random) {
        this.notes = new Notes(prefix);
        this.clients = clients;
        this.stores = names("s", 1 + random.nextInt(MAX_STORES));
        this.registers = names("r", 1 + random.nextInt(MAX_OF_A_KIND));
        this.records = names("o", 1 + random.nextInt(MAX_OF_A_KIND));
        this.counters = names("c", 1 + random.nextInt(MAX_OF_A_KIND));
        this.sets = names("m", 1);
        this.leases = names("l", 1 + random.nextInt(2));
        this.impatiencePercent = random.nextInt(MAX_IMPATIENCE_PERCENT + 1);
        boolean any = random.nextInt(TIMED_ONE_IN) == 0;
        this.passing = names("p", any ? 1 + random.nextInt(MAX_PASSING) : 0);
        this.timedPercent = any ? random.nextInt(MAX_TIMED_PERCENT + 1) : 0;
        this.seconds = random.nextInt(SECONDS_ONE_IN) == 0;
    }

    private static List<String> names(String kind, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(kind + i);
        }
        return List.copyOf(names);
    }

    /** A set for some time only; values of registers and objects are unique. */
    private record Timed(String store, String path, EntryValue value) {}

    /** The set, now and then for some time only. */
    Op mayBeTimed(String store, Op set, SplittableRandom random) {
        boolean erases = set.value() instanceof EntryValue.Fields object
                && object.fields().isEmpty();
        return !erases && random.nextInt(100) < timedPercent ? timed(store, set, random) : set;
    }

    /** The set for some time only. */
    Op timed(String store, Op set, SplittableRandom random) {
        timed.add(new Timed(store, set.path(), Objects.requireNonNull(set.value())));
        return set.livingFor(seconds ? SECOND_MILLIS : random.nextInt(MIN_LIFE_MILLIS, MAX_LIFE_MILLIS + 1));
    }

    boolean anyTimed() {
        return !timed.isEmpty();
    }

    /** Whether something that was set for some time only stands there after these changes, as far as their paths tell. */
    boolean awaitsExpiry(String store, List<EntryAnswer.Change> changes) {
        Set<String> standing = new HashSet<>();
        for (EntryAnswer.Change change : changes) {
            String path = change.path();
            standing.removeIf(at -> at.equals(path) || at.startsWith(path + "/") || path.startsWith(at + "/"));
            if (change.value() != null && timed.contains(new Timed(store, path, change.value()))) {
                standing.add(path);
            }
        }
        return !standing.isEmpty();
    }

    /** Notes who holds a lease as far as anybody knows, for others to try that token. */
    void leased(String lease, long token) {
        tokens.put(lease, token);
    }

    @Nullable Long token(String lease) {
        return tokens.get(lease);
    }
}
