package dev.varve.bench.histories;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the clients of one history of entries have in common. Thread-safe. */
final class EntryShared {

    private static final int MAX_STORES = 2;
    private static final int MAX_OF_A_KIND = 3;
    private static final int MAX_IMPATIENCE_PERCENT = 6;

    final Notes notes;
    final int clients;
    final List<String> stores;
    final List<String> registers;
    final List<String> records;
    final List<String> counters;
    final List<String> sets;
    final List<String> leases;
    final int impatiencePercent;

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
    }

    private static List<String> names(String kind, int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(kind + i);
        }
        return List.copyOf(names);
    }

    /** Notes who holds a lease as far as anybody knows, for others to try that token. */
    void leased(String lease, long token) {
        tokens.put(lease, token);
    }

    @Nullable Long token(String lease) {
        return tokens.get(lease);
    }
}
