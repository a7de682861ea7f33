package dev.varve.engine.groups;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoreInfo;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.EngineTime;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@link EventSubscriptionStorage} by an engine: groups decide on one thread, and what they decide stands in reserved entries. Those of a store are read when somebody asks for one of them.
 * Thread-safe.
 */
public final class EventGroups implements EventSubscriptionStorage, AutoCloseable {

    private static final Logger LOG = System.getLogger(EventGroups.class.getName());

    /** How often it is looked whether a time has passed, while there is one to pass. */
    private static final long TICK_MILLIS = 20;

    private static final long CLOSING_SECONDS = 10;

    private final EventStorage events;
    private final EntryStorage stores;
    private final GroupRecords records;
    private final EngineTime time;
    private final RandomGenerator random;
    private final ScheduledExecutorService thread;

    // Confined to the thread.
    private final Map<UUID, CompletableFuture<Groups>> loaded = new HashMap<>();
    private boolean ticking;
    private boolean cleaned;

    /** The groups of a store. */
    private static final class Groups {
        final UUID store;
        final String name;
        final TreeMap<String, Group> byName = new TreeMap<>();

        /** Groups that are being made. */
        final Map<String, Group> beingMade = new HashMap<>();

        /** The names of groups that are being deleted. */
        final Set<String> beingDeleted = new HashSet<>();

        /** Completed when all deletions so far have ended. */
        CompletableFuture<?> deletions = CompletableFuture.completedFuture(null);

        /** Why nothing is to be done with them any more, because the store is gone or they are read again; null while all is well. */
        @Nullable VarveException over;

        final AtomicBoolean woken = new AtomicBoolean();
        volatile boolean waitedFor;
        volatile Runnable unsubscribe = () -> {};

        Groups(UUID store, String name) {
            this.store = store;
            this.name = name;
        }
    }

    /**
     * Creates the groups; what is kept of them is read later.
     *
     * @param events of which the groups are
     * @param entries says which stores there are
     * @param reserved keeps the groups
     * @param time the engine's time
     * @param random makes tokens; thread-safe
     * @param threads makes the thread
     */
    public EventGroups(
            EventStorage events,
            EntryStorage entries,
            EntryStorage reserved,
            EngineTime time,
            RandomGenerator random,
            ThreadFactory threads) {
        this.events = events;
        this.stores = entries;
        this.records = new GroupRecords(reserved);
        this.time = time;
        this.random = random;
        this.thread = Executors.newSingleThreadScheduledExecutor(threads);
    }

    // ---- the thread

    @SuppressWarnings("CatchingUnchecked") // whatever a task throws is the answer
    private void run(CompletableFuture<?> answer, Runnable task) {
        try {
            thread.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(closed());
        }
    }

    private static VarveException closed() {
        return new VarveException(ErrorKind.UNAVAILABLE, "the subscriptions are closed");
    }

    private static VarveException readAgain(String store) {
        return new VarveException(
                ErrorKind.UNAVAILABLE,
                "the subscriptions of " + store + " are read again, as one could not be deleted");
    }

    private static VarveException noStore(String store) {
        return new VarveException(ErrorKind.NOT_FOUND, "there is no store " + store);
    }

    private static VarveException noGroup(String store, String name) {
        return new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " has no subscription " + name);
    }

    /** Has something done with the groups of a store, which fails the answer where it throws. */
    private <T> CompletableFuture<T> with(String store, BiConsumer<Groups, CompletableFuture<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        run(answer, () -> {
            StoreInfo info = stores.store(store).orElseThrow(() -> noStore(store));
            CompletableFuture<?> _ = groups(info)
                    .whenComplete((groups, failure) -> run(answer, () -> {
                        if (groups == null) {
                            answer.completeExceptionally(failure == null ? closed() : unwrapped(failure));
                        } else if (groups.over != null) {
                            answer.completeExceptionally(groups.over);
                        } else {
                            call.accept(groups, answer);
                            keepTicking(groups);
                        }
                    }));
        });
        return answer;
    }

    /** Has something done with a group, and answers when all that it changed is durable. */
    private <T> CompletableFuture<T> change(String store, String name, Function<Group, T> call) {
        return with(store, (groups, answer) -> {
            Group group = group(groups, name);
            T result = call.apply(group);
            CompletableFuture<?> _ = group.durable().whenComplete((_, failure) -> {
                if (failure == null) {
                    answer.complete(result);
                } else {
                    answer.completeExceptionally(unwrapped(failure));
                }
            });
        });
    }

    private static Group group(Groups groups, String name) {
        Group group = groups.byName.get(name);
        if (group == null) {
            throw noGroup(groups.name, name);
        }
        return group;
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    // ---- loading

    private CompletableFuture<Groups> groups(StoreInfo info) {
        if (!cleaned) {
            cleaned = true;
            clean();
        }
        CompletableFuture<Groups> known = loaded.get(info.id());
        if (known != null && !known.isCompletedExceptionally()) {
            return known;
        }
        return load(info.id(), info.name(), CompletableFuture.completedFuture(null));
    }

    /** Reads the groups of a store when something has ended, whatever came of it. */
    private CompletableFuture<Groups> load(UUID store, String name, CompletableFuture<?> before) {
        CompletableFuture<Groups> loading = before.handle((_, _) -> store)
                .thenCompose(records::load)
                .thenApplyAsync(entries -> restored(new Groups(store, name), entries), thread);
        loaded.put(store, loading);
        return loading;
    }

    /** Completed when nothing is being written of groups any more. */
    private static CompletableFuture<?> written(Groups groups) {
        List<CompletableFuture<?>> writes = new ArrayList<>();
        writes.add(groups.deletions);
        groups.byName.values().forEach(group -> writes.add(group.written()));
        groups.beingMade.values().forEach(group -> writes.add(group.written()));
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
    }

    /** Forgets what is kept of stores that were deleted when nobody asked for their groups. */
    private void clean() {
        CompletableFuture<Void> _ = records.stores()
                .thenAcceptAsync(
                        ids -> {
                            for (UUID id : ids) {
                                if (stores.store(id).isEmpty()) {
                                    forget(id);
                                }
                            }
                        },
                        thread);
    }

    private void forget(UUID store) {
        CompletableFuture<Void> _ = records.forget(store).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.log(Logger.Level.WARNING, "what is kept of subscriptions of a store that is gone stays", failure);
            }
        });
    }

    private Groups restored(Groups groups, List<Entry> entries) {
        Map<String, List<Entry>> byGroup = new TreeMap<>();
        for (Entry entry : entries) {
            byGroup.computeIfAbsent(entry.path().segments().get(1), _ -> new ArrayList<>())
                    .add(entry);
        }
        byGroup.forEach((name, kept) -> groups.byName.put(name, restored(groups, name, kept)));
        groups.unsubscribe = events.subscribe(groups.name, head -> told(groups, head))::close;
        if (stores.store(groups.store).isEmpty()) {
            // It went before anybody would have told of it.
            groups.unsubscribe.run();
            loaded.remove(groups.store);
            forget(groups.store);
            throw noStore(groups.name);
        }
        return groups;
    }

    private Group restored(Groups groups, String name, List<Entry> kept) {
        GroupCodec.Made made = null;
        Progress progress = null;
        List<Message> unsettled = new ArrayList<>();
        Map<Long, Parked> parked = new TreeMap<>();
        for (Entry entry : kept) {
            List<String> segments = entry.path().segments();
            switch (segments.get(2)) {
                case GroupRecords.SETTINGS -> made = GroupCodec.settings(entry.value());
                case GroupRecords.PROGRESS -> progress = GroupCodec.progress(entry.value(), unsettled);
                default -> parked.put(Long.parseLong(segments.getLast()), Group.parked(entry));
            }
        }
        if (made == null || progress == null) {
            throw new VarveException(ErrorKind.CORRUPT, "of the subscription " + name + " something is missing");
        }
        Group group = new Group(world(), groups.name, name, GroupRecords.group(groups.store, name), made, progress);
        group.restore(unsettled, parked);
        return group;
    }

    private Group.World world() {
        return new Group.World(events, records, time, thread, random.nextLong() >>> 1 | 1L << 61);
    }

    // ---- what happens by itself

    /** Called on a thread of the events. */
    private void told(Groups groups, long head) {
        if (head == Long.MAX_VALUE) {
            run(new CompletableFuture<>(), () -> gone(groups));
        } else if (groups.waitedFor && groups.woken.compareAndSet(false, true)) {
            run(new CompletableFuture<>(), () -> {
                groups.woken.set(false);
                groups.byName.values().forEach(Group::goOn);
                keepTicking(groups);
            });
        }
    }

    private void gone(Groups groups) {
        if (groups.over != null) {
            return; // those that are read again find out for themselves
        }
        loaded.remove(groups.store);
        CompletableFuture<?> _ = end(groups, noStore(groups.name)).thenRun(() -> forget(groups.store));
    }

    /** Ends groups. Gives what is completed when nothing is being written of them any more. */
    private static CompletableFuture<?> end(Groups groups, VarveException why) {
        groups.over = why;
        groups.unsubscribe.run();
        CompletableFuture<?> written = written(groups);
        groups.byName.values().forEach(group -> group.gone(why));
        groups.byName.clear();
        return written;
    }

    private void keepTicking(Groups groups) {
        groups.waitedFor = groups.byName.values().stream().anyMatch(Group::isWaitedFor);
        if (!ticking && groups.byName.values().stream().anyMatch(Group::isActive)) {
            ticking = true;
            ScheduledFuture<?> _ = thread.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @SuppressWarnings("CatchingUnchecked") // time goes on whatever happens to one group
    private void tick() {
        ticking = false;
        for (CompletableFuture<Groups> each : List.copyOf(loaded.values())) {
            if (each.isDone() && !each.isCompletedExceptionally()) {
                Groups groups = each.join();
                for (Group group : groups.byName.values()) {
                    if (group.isActive()) {
                        try {
                            group.pass();
                        } catch (RuntimeException e) {
                            LOG.log(Logger.Level.WARNING, "a subscription of events failed; trying again", e);
                        }
                    }
                }
                keepTicking(groups);
            }
        }
    }

    /** Writes what is not yet, and fails those who wait. */
    @Override
    public void close() {
        CompletableFuture<Void> flushed = new CompletableFuture<>();
        run(flushed, () -> {
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (CompletableFuture<Groups> each : loaded.values()) {
                if (each.isDone() && !each.isCompletedExceptionally()) {
                    Groups groups = each.join();
                    groups.unsubscribe.run();
                    for (Group group : groups.byName.values()) {
                        writes.add(group.flush());
                        group.end(closed());
                    }
                }
            }
            CompletableFuture<?> _ = CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new))
                    .whenComplete((_, _) -> flushed.complete(null));
        });
        try {
            flushed.get(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Logger.Level.WARNING, "what subscriptions of events have come to may be handed out again", e);
        }
        thread.shutdown();
    }

    // ---- calls

    private static void check(String what, String name) {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw invalid(what + " has 1 to " + MAX_NAME_BYTES + " bytes, was \"" + name + "\"");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name) || name.chars().anyMatch(Character::isISOControl)) {
            throw invalid(what + " is Unicode text without control characters");
        }
    }

    private static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    @Override
    public CompletableFuture<SubscriptionInfo> create(String store, String name, SubscriptionSettings settings) {
        return with(store, (groups, answer) -> {
            check("the name of a subscription", name);
            if (name.indexOf('/') >= 0) {
                throw invalid("the name of a subscription has no slash, was " + name);
            }
            if (groups.byName.containsKey(name)
                    || groups.beingMade.containsKey(name)
                    || groups.beingDeleted.contains(name)) {
                throw new VarveException(
                        ErrorKind.ALREADY_EXISTS, "the store " + store + " has a subscription " + name + " already");
            }
            if (groups.byName.size() + groups.beingMade.size() >= MAX_SUBSCRIPTIONS) {
                throw new VarveException(
                        ErrorKind.LIMIT_EXCEEDED, "a store has at most " + MAX_SUBSCRIPTIONS + " subscriptions");
            }
            Group group = Group.made(world(), store, name, GroupRecords.group(groups.store, name), settings);
            groups.beingMade.put(name, group);
            CompletableFuture<?> _ =
                    group.durable().whenComplete((_, failure) -> made(groups, name, group, answer, failure));
        });
    }

    /** A group is kept, or cannot be. */
    private void made(
            Groups groups,
            String name,
            Group group,
            CompletableFuture<SubscriptionInfo> answer,
            @Nullable Throwable failure) {
        groups.beingMade.remove(name);
        VarveException over = groups.over;
        if (failure != null) {
            answer.completeExceptionally(unwrapped(failure));
        } else if (over == null) {
            groups.byName.put(name, group);
            answer.complete(group.info());
        } else if (over.kind() == ErrorKind.NOT_FOUND) {
            answer.completeExceptionally(over);
        } else {
            answer.complete(group.info()); // those that are read again have it
        }
    }

    @Override
    public CompletableFuture<SubscriptionInfo> update(String store, String name, SubscriptionSettings settings) {
        return change(store, name, group -> {
            group.update(settings);
            return group.info();
        });
    }

    @Override
    public CompletableFuture<Boolean> delete(String store, String name) {
        return with(store, (groups, answer) -> {
            Group group = groups.byName.remove(name);
            if (group == null) {
                answer.complete(false);
                return;
            }
            // What is being written of it comes before that, however many parts it has.
            CompletableFuture<Void> deletion = group.written()
                    .handle((_, _) -> List.of(EntryOp.delete(GroupRecords.group(groups.store, name))))
                    .thenCompose(records::write);
            group.gone(noGroup(store, name));
            groups.beingDeleted.add(name);
            groups.deletions = CompletableFuture.allOf(groups.deletions, deletion.handle((_, _) -> name));
            CompletableFuture<?> _ =
                    deletion.whenCompleteAsync((_, failure) -> deleted(groups, name, answer, failure), thread);
        });
    }

    private void deleted(Groups groups, String name, CompletableFuture<Boolean> answer, @Nullable Throwable failure) {
        groups.beingDeleted.remove(name);
        if (failure == null) {
            answer.complete(true);
            return;
        }
        if (groups.over == null) {
            // Whether it is there still says the log, once all that is on its way has come there.
            CompletableFuture<?> _ = load(groups.store, groups.name, end(groups, readAgain(groups.name)));
        }
        answer.completeExceptionally(unwrapped(failure));
    }

    @Override
    public CompletableFuture<List<SubscriptionInfo>> list(String store) {
        return with(
                store,
                (groups, answer) -> answer.complete(
                        groups.byName.values().stream().map(Group::info).toList()));
    }

    @Override
    public CompletableFuture<SubscriptionInfo> info(String store, String name) {
        return with(
                store, (groups, answer) -> answer.complete(group(groups, name).info()));
    }

    @Override
    public CompletableFuture<List<DeliveredEvent>> next(
            String store, String name, String consumer, int max, Duration wait) {
        return with(store, (groups, answer) -> {
            check("the name of a consumer", consumer);
            if (max < 1 || max > SubscriptionSettings.MAX_IN_FLIGHT) {
                throw invalid("a consumer takes 1 to " + SubscriptionSettings.MAX_IN_FLIGHT + " events, not " + max);
            }
            if (wait.isNegative() || wait.compareTo(MAX_WAIT) > 0) {
                throw invalid("a wait lasts at most " + MAX_WAIT + ", was " + wait);
            }
            groups.waitedFor = true;
            Group group = group(groups, name);
            group.next(new Waiting(consumer, max, time.elapsedNanos() + wait.toNanos(), answer));
        });
    }

    @Override
    public CompletableFuture<Integer> settle(
            String store, String name, Settlement settlement, Collection<String> tokens) {
        List<String> all = List.copyOf(tokens);
        return change(store, name, group -> {
            if (all.size() > SubscriptionSettings.MAX_IN_FLIGHT) {
                throw invalid("at most " + SubscriptionSettings.MAX_IN_FLIGHT + " deliveries are settled at once");
            }
            return group.settle(settlement, all);
        });
    }

    @Override
    public CompletableFuture<Void> leave(String store, String name, String consumer) {
        return with(store, (groups, answer) -> {
            group(groups, name).leave(consumer);
            answer.complete(null);
        });
    }

    @Override
    public CompletableFuture<List<ParkedEvent>> parked(String store, String name, long after, int limit) {
        return with(store, (groups, answer) -> {
            if (limit < 1 || limit > MAX_PARKED_PAGE) {
                throw invalid("a page has 1 to " + MAX_PARKED_PAGE + " parked events, not " + limit);
            }
            CompletableFuture<?> _ = group(groups, name).parked(after, limit).whenComplete((page, failure) -> {
                if (failure == null) {
                    answer.complete(List.copyOf(page));
                } else {
                    answer.completeExceptionally(unwrapped(failure));
                }
            });
        });
    }

    @Override
    public CompletableFuture<Integer> replayParked(String store, String name, int stopAt) {
        return change(store, name, group -> {
            if (stopAt < 0) {
                throw invalid("events are replayed from 0 on, not " + stopAt);
            }
            return group.replay(stopAt);
        });
    }

    @Override
    public CompletableFuture<SubscriptionInfo> pause(String store, String name) {
        return change(store, name, group -> {
            group.pause();
            return group.info();
        });
    }

    @Override
    public CompletableFuture<SubscriptionInfo> resume(String store, String name) {
        return change(store, name, group -> {
            group.resume();
            return group.info();
        });
    }

    @Override
    public CompletableFuture<SubscriptionInfo> reset(String store, String name, long position) {
        return change(store, name, group -> {
            group.reset(position);
            return group.info();
        });
    }
}
