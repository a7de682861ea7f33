package dev.varve.server.subscriptions;

import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.engine.io.Clock;
import dev.varve.server.outbound.Now;
import dev.varve.server.outbound.Outcomes;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.subscriptions.ControlException.Code;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the state machine.
 *
 * <p>A request, a change of a stream, a timer that ran out and an answer of a webhook are all the same: a step. A step
 * first takes in what changed in the streams, ends what has run out, decides, and issues the wakes that are due. What it
 * decided is applied at once and logged; its answer, and every later one, waits until the log has it; only then are
 * webhooks called and wake events written. Steps that come while the log is being written go out together with the next
 * write.
 *
 * <p>When a write fails, memory is ahead of the log. All waiting answers fail and the state is read again from the log,
 * as after a restart; tasks wait meanwhile.
 *
 * <p>Confined to its own thread, except for {@link #start}, {@link #ask}, {@link #report} and
 * {@link #close}.
 */
final class SubscriptionLoop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SubscriptionLoop.class);

    /** A log below this size is not compacted. */
    static final long MIN_COMPACT_BYTES = 4 << 20;

    private static final Duration RELOAD_DELAY = Duration.ofSeconds(1);
    private static final Duration MAX_RELOAD_DELAY = Duration.ofSeconds(30);
    private static final Duration HOUSEKEEPING = Duration.ofSeconds(30);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /** Decides a step. */
    @FunctionalInterface
    interface Decision<T> {
        T decide(SubscriptionState state, Now now, Step step);
    }

    /** Decides a step that nobody waits for. */
    @FunctionalInterface
    interface Action {
        void decide(SubscriptionState state, Now now, Step step);
    }

    private final StreamStorage storage;
    private final SubscriptionOptions options;
    private final Clock clock;
    private final RandomGenerator random;
    private final long minCompactBytes;
    private final ScheduledThreadPoolExecutor thread;
    private final StreamLook look;
    private final ChangeFeed feed;
    private final WakeSender sender;

    /** What came while the log was being read. */
    private final Deque<Runnable> waitingReports = new ArrayDeque<>();

    private final Deque<Question> waitingQuestions = new ArrayDeque<>();

    /** Something that somebody waits for, and how to tell that it cannot be done now. */
    private record Question(Runnable task, Consumer<ControlException> refuse) {}

    private SubscriptionState state;
    private EventLog eventLog;
    private boolean serving;

    /** Why nothing is served and the log is not even being read; null otherwise. */
    private @Nullable ControlException broken;

    private int failuresInARow;
    private boolean rescanning;
    private @Nullable ScheduledFuture<?> alarm;
    private @Nullable Long alarmNanos;

    private volatile @Nullable Subscription registration;

    SubscriptionLoop(
            StreamStorage storage,
            SubscriptionOptions options,
            Clock clock,
            RandomGenerator random,
            long minCompactBytes,
            Function<ScheduledThreadPoolExecutor, WebhookClient> webhooks) {
        this.storage = storage;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.minCompactBytes = minCompactBytes;
        this.thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("varve-subscriptions").daemon().factory(), (task, executor) -> {});
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.look = new StreamLook(storage, thread);
        this.feed = new ChangeFeed(() -> thread.execute(() -> ifServing(this::takeChanges)));
        this.sender = new WakeSender(storage, options, clock, webhooks.apply(thread), this);
        this.state = new SubscriptionState(options, random);
        this.eventLog = newLog();
    }

    private EventLog newLog() {
        return new EventLog(storage, thread, minCompactBytes, () -> state.snapshot());
    }

    /** Reads the log and begins to serve. Thread-safe. */
    void start() {
        registration = storage.subscribeAll(feed);
        thread.execute(this::load);
        var _ = thread.scheduleWithFixedDelay(
                () -> ifServing(this::keepHouse), HOUSEKEEPING.toSeconds(), HOUSEKEEPING.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * Runs on the thread what somebody waits for, once the log has been read; or refuses it when that cannot be soon.
     * Thread-safe. After {@link #close} neither happens. How many may wait is up to the callers.
     */
    void ask(Runnable task, Consumer<ControlException> refuse) {
        thread.execute(() -> {
            if (serving) {
                Outcomes.guarded(task);
            } else if (broken != null) {
                refuse.accept(broken);
            } else {
                waitingQuestions.add(new Question(task, refuse));
            }
        });
    }

    /** Runs on the thread what came of an effect, once the log has been read. Thread-safe. */
    void report(Runnable task) {
        thread.execute(() -> {
            if (serving) {
                Outcomes.guarded(task);
            } else {
                waitingReports.add(task);
            }
        });
    }

    /** Stops; what is under way may or may not have been logged. Thread-safe. */
    @Override
    public void close() {
        Subscription toClose = registration;
        if (toClose != null) {
            toClose.close();
        }
        thread.shutdown(); // no interrupt: the thread may be inside the storage
        sender.close();
        try {
            if (!thread.awaitTermination(CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("the thread of subscriptions is still at work after {} s", CLOSE_PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ifServing(Runnable task) {
        if (serving) {
            Outcomes.guarded(task);
        }
    }

    // ---------------------------------------------------------------- steps

    /**
     * Takes one step.
     *
     * @return what was decided, once it is durable; fails with a {@link ControlException}
     */
    <T> CompletableFuture<T> decide(Decision<T> decision) {
        SubscriptionState current = state;
        EventLog currentLog = eventLog;
        Now now = Now.of(clock);
        Step step = new Step();
        feed.drain(current::changed);
        current.tick(now, step);
        current.settle(now, step);
        CompletableFuture<T> decided = attempt(decision, current, now, step);
        current.settle(now, step);
        CompletableFuture<T> result = currentLog.write(step.events).thenCompose(durable -> {
            step.effects.forEach(effect -> sender.perform(effect, current));
            return decided;
        });
        Outcomes.take(result, (value, error) -> {
            ControlException failure = currentLog.failure();
            if (failure != null && eventLog == currentLog && serving) {
                log.warn("reading the state of subscriptions again from its log");
                failuresInARow = currentLog.hasWritten() ? 1 : failuresInARow + 1;
                stopServing(failure);
            }
        });
        if (feed.takeLost()) {
            log.warn("more than {} streams changed at once; looking at all streams", ChangeFeed.MAX_CHANGED_STREAMS);
            rescan();
        }
        setAlarm();
        return result;
    }

    private static <T> CompletableFuture<T> attempt(
            Decision<T> decision, SubscriptionState current, Now now, Step step) {
        try {
            return CompletableFuture.completedFuture(decision.decide(current, now, step));
        } catch (ControlException e) {
            return CompletableFuture.failedFuture(e);
        } catch (RuntimeException e) {
            log.error("a step of subscriptions failed", e);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Takes a step that nobody waits for. */
    void step(Action action) {
        CompletableFuture<Boolean> result = decide((current, now, step) -> {
            action.decide(current, now, step);
            return true;
        });
        Outcomes.take(result, (done, error) -> {
            if (error != null) {
                log.debug("a step of subscriptions was not logged", error);
            }
        });
    }

    private void takeChanges() {
        step((current, now, step) -> {});
    }

    private void keepHouse() {
        takeChanges();
        if (state.wantsRescan()) {
            rescan();
        }
    }

    /** One timer for whatever runs out next. */
    private void setAlarm() {
        Long next = state.nextTickNanos();
        if (next == null ? alarmNanos == null : next.equals(alarmNanos)) {
            return;
        }
        if (alarm != null) {
            alarm.cancel(false);
        }
        alarmNanos = next;
        alarm = null;
        if (next != null) {
            long delayNanos = Math.max(0, next - clock.elapsedNanos());
            alarm = thread.schedule(() -> ifServing(this::ring), delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void ring() {
        alarmNanos = null;
        takeChanges();
    }

    // ---------------------------------------------------------------- looking at streams

    /**
     * Looks at the streams that something new starts from, and then takes a step that knows them.
     *
     * @param glob which streams by pattern, or null
     * @param paths which streams by name
     * @param decision decides with the finished look
     */
    <T> CompletableFuture<T> decideWithLook(
            @Nullable Glob glob, Set<String> paths, Function<Scan, Decision<T>> decision) {
        SubscriptionState current = state;
        Scan scan = current.beginScan(glob, paths);
        CompletableFuture<T> result = listInto(scan)
                .thenCompose(listed -> look.lookUp(
                        paths.stream().toList(),
                        stream -> scan.found(stream.path(), stream.incarnation(), stream.next()),
                        path -> {}))
                .thenCompose(looked -> {
                    if (state != current || !serving) {
                        throw new ControlException(Code.UNAVAILABLE, "the state had to be read again; try again");
                    }
                    return decide(decision.apply(scan));
                });
        Outcomes.take(result, (value, error) -> current.end(scan));
        return result;
    }

    private CompletableFuture<Void> listInto(Scan scan) {
        Glob glob = scan.glob();
        if (glob == null) {
            return CompletableFuture.completedFuture(null);
        }
        return look.list(glob.literalPrefix(), stream -> {
            scan.found(stream.path(), stream.incarnation(), stream.next());
            if (scan.size() > 2 * options.maxLinksPerSubscription()) {
                throw new ControlException(Code.LIMIT_REACHED, "the pattern matches too many streams");
            }
        });
    }

    /** Looks at every stream that subscriptions are or could be linked to. */
    private CompletableFuture<Void> lookAtAll(SubscriptionState of) {
        Scan scan = of.beginRescan();
        CompletableFuture<Void> looked = CompletableFuture.completedFuture(null);
        for (String prefix : of.listPrefixes()) {
            looked = looked.thenCompose(done ->
                    look.list(prefix, stream -> of.found(scan, stream.path(), stream.incarnation(), stream.next())));
        }
        looked = looked.thenCompose(done -> look.lookUp(
                of.unseenPaths(),
                stream -> of.found(scan, stream.path(), stream.incarnation(), stream.next()),
                path -> of.notFound(scan, path)));
        Outcomes.take(looked, (done, error) -> of.end(scan));
        return looked;
    }

    private void rescan() {
        if (rescanning) {
            return;
        }
        rescanning = true;
        Outcomes.takeOn(thread, lookAtAll(state), (done, error) -> {
            rescanning = false;
            if (error == null) {
                ifServing(this::takeChanges);
            } else {
                log.warn("looking at all streams for subscriptions failed; trying again", error);
                later(RELOAD_DELAY.toMillis(), () -> ifServing(this::rescan));
            }
        });
    }

    private void later(long delayMillis, Runnable task) {
        var _ = thread.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }

    // ---------------------------------------------------------------- reading the log

    /** Nothing can be decided until the log has been read again; what is asked meanwhile gets the reason. */
    private void stopServing(ControlException reason) {
        serving = false;
        broken = reason;
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
        alarmNanos = null;
        while (!waitingQuestions.isEmpty()) {
            waitingQuestions.remove().refuse().accept(reason);
        }
        long delayMillis =
                Math.min(MAX_RELOAD_DELAY.toMillis(), RELOAD_DELAY.toMillis() << Math.min(failuresInARow - 1, 10));
        later(delayMillis, this::load);
    }

    private void load() {
        broken = null;
        EventLog freshLog = newLog();
        SubscriptionState[] fresh = {new SubscriptionState(options, random)};
        Now now = Now.of(clock);
        CompletableFuture<Void> loaded = freshLog.load(() -> {
                    fresh[0] = new SubscriptionState(options, random);
                    return event -> fresh[0].apply(event, now);
                })
                .thenCompose(done -> {
                    feed.follow(fresh[0].interests());
                    return lookAtAll(fresh[0]);
                });
        Outcomes.takeOn(thread, loaded, (done, error) -> {
            if (error == null) {
                state = fresh[0];
                eventLog = freshLog;
                begin();
            } else {
                log.error("subscriptions are not served, because their log could not be read; trying again", error);
                failuresInARow++;
                stopServing(new ControlException(Code.UNAVAILABLE, "the log of subscriptions cannot be read now"));
            }
        });
    }

    private void begin() {
        serving = true;
        step((current, now, step) -> current.announceAgain(step));
        while (serving && !waitingReports.isEmpty()) {
            Outcomes.guarded(waitingReports.remove());
        }
        while (serving && !waitingQuestions.isEmpty()) {
            Outcomes.guarded(waitingQuestions.remove().task());
        }
    }
}
