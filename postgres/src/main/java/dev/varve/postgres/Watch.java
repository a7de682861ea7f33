package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells those who listen and those who wait. What this process writes is told at once; what others write is asked for, in one question for all stores, as long as there is somebody
 * to be told. Thread-safe.
 */
final class Watch {

    /** How many waits for checkpoints there are at most, inclusive. */
    static final int MAX_WAITING = 10_000;

    private static final System.Logger LOG = System.getLogger(Watch.class.getName());

    private final Tables tables;
    private final Database database;
    private final Checkpoints checkpoints;
    private final ScheduledExecutorService thread;
    private final Future<?> asking;
    private final Map<String, Listened> listened = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean failing;

    Watch(Tables tables, Database database, Checkpoints checkpoints, Duration interval) {
        this.tables = tables;
        this.database = database;
        this.checkpoints = checkpoints;
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "varve-postgres-watch");
            made.setDaemon(true);
            return made;
        });
        long millis = interval.toMillis();
        asking = thread.scheduleWithFixedDelay(this::ask, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** A store to which somebody listens. */
    private static final class Listened {
        private final List<Listening> listeners = new CopyOnWriteArrayList<>();
        private long head;

        /** Whether all that was appended before somebody listened is told, too. */
        private boolean isWhole;

        Listened(long head) {
            this.head = head;
        }

        synchronized void tell(long now) {
            if (now > head) {
                head = now;
                for (Listening one : listeners) {
                    try {
                        one.listener.accept(now);
                    } catch (RuntimeException e) {
                        // What was appended is appended, whatever a listener makes of it.
                        LOG.log(Level.WARNING, "a listener threw", e);
                    }
                }
            }
        }

        synchronized void whole() {
            isWhole = true;
        }

        /** The head, or null as long as something may have been appended that nobody was told of. */
        synchronized @Nullable Long head() {
            return isWhole ? head : null;
        }
    }

    /** One subscription; the same listener may have several. */
    private static final class Listening {
        private final LongConsumer listener;

        Listening(LongConsumer listener) {
            this.listener = listener;
        }
    }

    /** Somebody who waits for readers. */
    private record Waiting(String store, Set<String> names, long position, CompletableFuture<Boolean> answer) {}

    // ---- heads

    /** The head of a store: as it was told last where somebody listens, else as it stands. */
    long head(String store) {
        Listened one;
        synchronized (listened) {
            one = listened.get(store);
        }
        Long told = one == null ? null : one.head();
        return told != null ? told : database.read(connection -> head(connection, store));
    }

    private long head(Connection connection, String store) throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        return row == null ? EventStore.EMPTY : row.head();
    }

    Subscription subscribe(String store, LongConsumer listener) {
        // Asked first: what is appended after this call is told, what was before is not.
        long head = head(store);
        Listening own = new Listening(listener);
        Listened joined;
        boolean first;
        synchronized (listened) {
            joined = listened.computeIfAbsent(store, missing -> new Listened(head));
            first = joined.listeners.isEmpty();
            joined.listeners.add(own);
        }
        Subscription listening = () -> {
            synchronized (listened) {
                Listened one = listened.get(store);
                if (one != null && one.listeners.remove(own) && one.listeners.isEmpty()) {
                    listened.remove(store);
                }
            }
        };
        if (first) {
            try {
                // What was appended between the question and now was told to nobody.
                appended(store, database.read(connection -> head(connection, store)));
                joined.whole();
            } catch (RuntimeException e) {
                listening.close();
                throw e;
            }
        }
        return listening;
    }

    /** Tells that a store is at least so long. */
    void appended(String store, long head) {
        Listened one;
        synchronized (listened) {
            one = listened.get(store);
        }
        if (one != null) {
            one.tell(head);
        }
    }

    // ---- checkpoints

    /** Waits; the names are known. */
    CompletableFuture<Boolean> await(String store, Set<String> names, long position, Duration timeout) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Waiting one = new Waiting(store, Set.copyOf(names), position, answer);
        synchronized (waiting) {
            if (waiting.size() >= MAX_WAITING) {
                throw new VarveException(
                        ErrorKind.OVERLOADED, MAX_WAITING + " waits for checkpoints are under way already");
            }
            waiting.add(one);
        }
        answer.completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS);
        // It may have been saved since the names were looked up.
        saved();
        return answer.whenComplete((reached, failure) -> {
            synchronized (waiting) {
                waiting.remove(one);
            }
        });
    }

    /** Has those who wait looked after. */
    void saved() {
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                return;
            }
        }
        try {
            thread.execute(this::askForCheckpoints);
        } catch (RejectedExecutionException e) {
            // Closed meanwhile: nobody waits any more.
            return;
        }
    }

    // ---- asking

    private void ask() {
        try {
            askForHeads();
            askForCheckpoints();
            failing = false;
        } catch (RuntimeException e) {
            // Asked again after the interval. Those who read meet the failure themselves.
            LOG.log(failing ? Level.DEBUG : Level.WARNING, "what others have written cannot be asked for", e);
            failing = true;
        }
    }

    private void askForHeads() {
        Set<String> stores;
        synchronized (listened) {
            stores = Set.copyOf(listened.keySet());
        }
        if (stores.isEmpty()) {
            return;
        }
        Map<String, Long> heads = database.read(connection -> {
            Map<String, Long> found = new HashMap<>();
            new Query(tables)
                    .add("SELECT name, head FROM {stores} WHERE name = ANY (?)", new Query.TextList(stores))
                    .list(connection, row -> found.put(row.getString("name"), row.getLong("head")));
            return found;
        });
        heads.forEach(this::appended);
    }

    private void askForCheckpoints() {
        List<Waiting> all;
        synchronized (waiting) {
            all = List.copyOf(waiting);
        }
        if (all.isEmpty()) {
            return;
        }
        Map<String, Map<String, Long>> positions = new HashMap<>();
        database.<@Nullable Void>read(connection -> {
            for (Waiting one : all) {
                if (!positions.containsKey(one.store)) {
                    positions.put(one.store, checkpoints.all(connection, one.store));
                }
            }
            return null;
        });
        for (Waiting one : all) {
            Map<String, Long> reached = positions.getOrDefault(one.store, Map.of());
            if (one.names.stream().allMatch(name -> reached.getOrDefault(name, Long.MIN_VALUE) >= one.position)) {
                one.answer.complete(true);
            }
        }
    }

    /** Ends all waits. */
    void close() {
        asking.cancel(false);
        thread.shutdown();
        List<Waiting> left;
        synchronized (waiting) {
            left = List.copyOf(waiting);
        }
        left.forEach(one -> one.answer.completeExceptionally(
                new VarveException(ErrorKind.UNAVAILABLE, "this event store is closed")));
    }
}
