package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * What stands where:
 *
 * - The link calls with what comes, one thread at a time: "the link's thread". Only it changes the cache.
 * - `lock` guards what writes and reads share: the outbox, the state, and `base`, the copy without the writes that wait. When a write
 *   of our own comes back, `base` and the outbox change under it together, so nobody sees the write twice, or not at all.
 * - `shown` is what reads show: `base`, or with the writes that wait on top; null when that must be put together first. Reads take it
 *   without the lock.
 * - Under `lock` nothing is sent, waited for or told: messages are collected under it and sent afterwards.
 */
/** A copy of a part of a store, kept in step over a socket, and the writes on their way there. Thread-safe. */
final class LiveStore implements LiveSync, LiveLink.Channel {

    private static final System.Logger LOG = System.getLogger(LiveStore.class.getName());

    /** The longest message that a server takes, less what stands around a write. */
    private static final int MAX_WRITE_BYTES = (8 << 20) - 1024;

    private final String name;
    private final LiveOptions options;
    private final LivePatterns kept;
    private final LiveForecast forecast;
    private final LiveCache cache;
    private final LiveListeners listeners = new LiveListeners();
    private final LiveStates states;
    private final LiveLink link;
    private final Consumer<LiveStore> onEnd;
    private final Transport transport;
    private final @Nullable LiveFile file;
    private final String deviceId;
    private final Object enqueuing = new Object();
    private final Object lock = new Object();

    // Guarded by lock.
    private final LiveOutbox outbox;
    private final Backoff refusals = new Backoff();
    private State state = State.CONNECTING;
    private LiveLink.@Nullable Connection ready;
    private @Nullable VarveException ended;
    private @Nullable VarveException lastFailure;
    private @Nullable LiveRoot base;
    private @Nullable String storeId;
    private boolean anew;
    private boolean paused;

    private volatile @Nullable LiveRoot shown;
    /** What a read of this transport has to show at least. */
    private volatile long mustShow;

    /**
     * A copy that is not begun yet.
     *
     * @param transports makes the transport that reads and writes by way of it
     * @param onEnd called once it has ended
     */
    LiveStore(
            HttpTransport http,
            ScheduledExecutorService timer,
            Executor takers,
            String name,
            LiveOptions options,
            Function<LiveStore, Transport> transports,
            Consumer<LiveStore> onEnd) {
        this.name = name;
        this.options = options;
        this.kept = new LivePatterns(options.patterns());
        LiveEffects effects = new LiveEffects(kept);
        this.forecast = new LiveForecast(kept, effects);
        this.cache = new LiveCache(options, effects);
        this.outbox = new LiveOutbox(options.maxWaiting());
        this.states = new LiveStates(name);
        this.onEnd = onEnd;
        this.transport = transports.apply(this);
        Path path = options.file();
        LiveFile opened = path == null ? null : LiveFile.open(path, name, kept, effects);
        this.file = opened;
        this.deviceId = opened == null ? "live_" + UUID.randomUUID() : opened.deviceId();
        this.link = new LiveLink(http, timer, takers, name, deviceId, options.patterns(), this);
        if (opened != null) {
            restore(opened);
        }
    }

    private void restore(LiveFile from) {
        LiveRoot root = from.root();
        List<LiveWrite> waiting;
        try {
            waiting = from.waiting();
            if (root != null) {
                cache.restore(root);
            }
        } catch (RuntimeException e) {
            from.close();
            throw e;
        }
        synchronized (lock) {
            storeId = from.storeId();
            waiting.forEach(outbox::add);
            if (root != null) {
                state = State.RECONNECTING;
                rebase(root);
            }
        }
    }

    void start() {
        link.start(base != null);
    }

    LivePatterns kept() {
        return kept;
    }

    // ---- what the channel tells

    @Override
    public long begin() {
        cache.begin();
        LiveRoot known = cache.committed();
        synchronized (lock) {
            return known == null || anew ? LiveLink.ANEW : known.storeSeq();
        }
    }

    @Override
    public void joined(@Nullable String id) {
        boolean another;
        synchronized (lock) {
            if (id == null || id.equals(storeId)) {
                return;
            }
            another = storeId != null && !anew;
            storeId = id;
            anew |= another;
        }
        keep(kept -> kept.joined(id));
        if (another) {
            throw new VarveException(ErrorKind.NETWORK, name + " is another store by now, and is read anew");
        }
    }

    @Override
    public void snapshot(PhoenixMessage part) {
        boolean first = !(part.payload().get("part") instanceof EntryValue.Whole number) || number.value() == 1;
        if (first) {
            cache.beginSnapshot(part.number("snapshot_seq"));
        }
        bounded(() -> {
            part.object("entries").forEach((path, said) -> cache.snapshotEntry(LiveCache.entry(path, said)));
            return null;
        });
    }

    @Override
    public void change(EntryChange change, boolean more) {
        committed(bounded(() -> cache.change(change, more)));
    }

    @Override
    public void progress(long throughSeq) {
        committed(bounded(() -> cache.progress(throughSeq)));
    }

    /** Has the copy take something in, and ends with it when that is more than may be. */
    private @Nullable LiveCommit bounded(Supplier<@Nullable LiveCommit> taking) {
        try {
            return taking.get();
        } catch (VarveException e) {
            if (e.kind() == ErrorKind.TOO_LARGE) {
                end(e);
            }
            throw e;
        }
    }

    private void committed(@Nullable LiveCommit commit) {
        if (commit == null) {
            return;
        }
        Map<LiveWrite, EntryWriteResult> answered = new LinkedHashMap<>();
        synchronized (lock) {
            for (EntryChange change : commit.changes()) {
                LiveWrite own = change.deviceId().equals(deviceId) ? outbox.named(change) : null;
                if (own != null) {
                    own.told(change);
                    answered.put(own, own.written(change, commit.storeSeq()));
                }
            }
            base = commit.after(); // first, so that nobody sees the copy before it without what comes back
            answered.keySet().forEach(this::remove);
            rebase(commit.after());
        }
        keep(kept -> kept.committed(commit, answered.keySet()));
        listeners.tell(commit);
        answered.forEach(this::answer);
        if (!answered.isEmpty()) {
            pump();
        }
    }

    /** Keeps something in the file, if there is one; ends with it when that cannot be. */
    private void keep(Consumer<LiveFile> what) {
        LiveFile to = file;
        if (to != null) {
            try {
                what.accept(to);
            } catch (VarveException e) {
                end(e);
            }
        }
    }

    /** The copy has changed. */
    private void rebase(LiveRoot root) {
        base = root;
        shown = isForecast() ? null : root;
        lock.notifyAll();
    }

    /** Whether what reads show is more than the copy. */
    private boolean isForecast() {
        return options.view() == LiveOptions.View.OPTIMISTIC && outbox.hasEnqueued();
    }

    @Override
    public void caughtUp(long throughSeq, LiveLink.Connection by) {
        LiveRoot filled = cache.caughtUp(throughSeq);
        if (filled == null) {
            progress(throughSeq);
        } else {
            keep(kept -> kept.filled(filled));
        }
        boolean refilled;
        List<LiveWrite> lost;
        synchronized (lock) {
            if (ended != null) {
                return;
            }
            refilled = filled != null && base != null;
            if (filled != null) {
                anew = false;
                mustShow = 0;
                outbox.passedOver();
                rebase(filled);
            }
            LiveRoot now = base;
            lost = outbox.unknowable(kept, now == null ? 0 : now.storeSeq());
            lost.forEach(this::remove);
            ready = by;
            lastFailure = null;
            paused = false;
            state = State.LIVE;
            lock.notifyAll();
        }
        if (refilled) {
            listeners.end(new VarveException(
                    ErrorKind.COMPACTED,
                    "changes of " + name
                            + " were passed over that its history does not hold any more; read everything anew"
                            + " and subscribe again"));
        }
        for (LiveWrite write : lost) {
            fail(
                    write,
                    new VarveException(
                            ErrorKind.OUTCOME_UNKNOWN,
                            name
                                    + " has had so many changes since the write was sent that it would not be recognised; it may have"
                                    + " been applied and was not sent again"));
        }
        tellState();
        pump();
    }

    @Override
    public void answer(String ref, PhoenixMessage reply) {
        LiveWrite write;
        EntryWriteResult result = null;
        VarveException failure = null;
        synchronized (lock) {
            write = outbox.answered(ref);
            if (write == null) {
                return;
            }
            try {
                result = LiveAnswers.result(name, write, reply);
                refusals.succeeded();
                remove(write);
            } catch (VarveException e) {
                if (staysWaiting(write, e)) {
                    pause(e);
                } else {
                    remove(write);
                    failure = ofLastTime(write, e);
                }
            }
        }
        if (result != null) {
            answer(write, result);
        } else if (failure != null) {
            fail(write, failure);
        }
        pump();
    }

    /** Whether a write that the server did not answer for good is sent again later, under its name. */
    private static boolean staysWaiting(LiveWrite write, VarveException failure) {
        return failure.kind() == ErrorKind.OUTCOME_UNKNOWN
                || ((write.enqueued || write.sentAgain) && failure.retryable());
    }

    /** What a failure says of a write: when it was sent before, it may have been made then, although it was declined now. */
    private static VarveException ofLastTime(LiveWrite write, VarveException failure) {
        return !write.sentAgain || failure.outcomeUnknown() || failure.retryable()
                ? failure
                : new VarveException(
                        ErrorKind.OUTCOME_UNKNOWN,
                        failure.getMessage() + "; the write was sent before and may have been applied then",
                        failure);
    }

    private void pause(VarveException why) {
        paused = true;
        link.after(refusals.next(why.retryAfter()), () -> {
            synchronized (lock) {
                paused = false;
            }
            pump();
        });
    }

    @Override
    public void broken(VarveException why) {
        LiveWrite tooLarge = null;
        boolean changed;
        synchronized (lock) {
            if (ended != null) {
                return;
            }
            ready = null;
            lastFailure = why;
            if (why.kind() == ErrorKind.TOO_LARGE) {
                tooLarge = outbox.largestUnderWay();
                if (tooLarge != null) {
                    remove(tooLarge);
                }
            }
            outbox.broken();
            State now = base == null ? State.CONNECTING : State.RECONNECTING;
            changed = state != now;
            state = now;
            lock.notifyAll();
        }
        if (tooLarge != null) {
            fail(tooLarge, why);
        }
        if (changed) {
            tellState();
        }
    }

    @Override
    public boolean awaitsAnswers() {
        synchronized (lock) {
            return outbox.hasUnderWay();
        }
    }

    @Override
    public void over(VarveException why) {
        end(why);
    }

    // ---- writes

    /** Whether a write can be pushed; all else goes over HTTP, where it may be refused. */
    static boolean isPushable(List<EntryOp> ops) {
        return isCarried(ops) && ops.stream().allMatch(op -> EntryOpRules.broken(op) == null);
    }

    /** Whether there are as many changes as a push may have, of kinds that it has. */
    private static boolean isCarried(List<EntryOp> ops) {
        return !ops.isEmpty()
                && ops.size() <= EntryWrite.MAX_OPS
                && ops.stream().allMatch(op -> op.label() == null && isCarried(op.kind()));
    }

    private static boolean isCarried(EntryOp.Kind kind) {
        return switch (kind) {
            case LEASE, RENEW, RELEASE, PUT_FILE -> false;
            default -> true;
        };
    }

    private static String newName() {
        return "w_" + UUID.randomUUID();
    }

    /**
     * Makes a write and waits for its answer.
     *
     * @return null when it is too large to be pushed
     */
    @Nullable EntryWriteResult write(List<EntryOp> ops) {
        LiveWrite write = new LiveWrite(newName(), ops, false);
        if (write.bytes > MAX_WRITE_BYTES) {
            return null;
        }
        synchronized (lock) {
            requireOpen();
            outbox.requireRoom();
            outbox.add(write);
        }
        pump();
        try {
            return write.answer.get(options.answerTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw thrownHere(e.getCause());
        } catch (TimeoutException e) {
            return givenUp(write, "no answer came within " + options.answerTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return givenUp(write, "interrupted while waiting for the answer");
        }
    }

    /** What became of a write for which nobody waits any more. */
    private EntryWriteResult givenUp(LiveWrite write, String why) {
        VarveException cause;
        synchronized (lock) {
            if (!remove(write)) {
                return write.answer.join(); // it came at the last moment
            }
            cause = lastFailure;
        }
        throw write.wasSent()
                ? new VarveException(
                        ErrorKind.TIMEOUT, why + " to a write to " + name + "; it may have been applied", cause)
                : new VarveException(
                        ErrorKind.NETWORK,
                        why + " to a write to " + name + ", which was not sent; nothing was written",
                        cause);
    }

    private static VarveException thrownHere(@Nullable Throwable failure) {
        if (failure instanceof LimitExceededException over) {
            return over;
        }
        if (failure instanceof VarveException known) {
            return new VarveException(
                    known.kind(),
                    String.valueOf(known.getMessage()),
                    known,
                    known.retryAfter().orElse(null));
        }
        return new VarveException(ErrorKind.INTERNAL, "a write failed: " + failure, failure);
    }

    @Override
    public CompletableFuture<EntryWriteResult> enqueue(List<EntryOp> ops) {
        List<EntryOp> given = List.copyOf(ops);
        for (int i = 0; i < given.size(); i++) {
            var broken = EntryOpRules.broken(given.get(i));
            if (broken != null) {
                return CompletableFuture.completedFuture(
                        new Refused(broken, i, given.get(i).path(), null));
            }
        }
        if (!isCarried(given)) {
            throw new VarveException(
                    given.isEmpty() || given.size() > EntryWrite.MAX_OPS
                            ? ErrorKind.INVALID_PARAMS
                            : ErrorKind.NOT_SUPPORTED,
                    "1 to " + EntryWrite.MAX_OPS + " changes can be enqueued at a time, none of them of leases or"
                            + " files, or called a counter or a set; nothing was enqueued");
        }
        LiveWrite write = new LiveWrite(newName(), given, true);
        if (write.bytes > MAX_WRITE_BYTES) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE, "a write has at most " + MAX_WRITE_BYTES + " bytes; nothing was enqueued");
        }
        synchronized (enqueuing) {
            long after;
            synchronized (lock) {
                requireOpen();
                outbox.requireRoom();
                LiveRoot now = base;
                boolean waits = ready == null || paused || outbox.hasEnqueued();
                after = now == null || waits ? LiveWrite.NEVER : now.storeSeq();
            }
            if (file != null) {
                file.enqueued(write, after);
            }
            synchronized (lock) {
                VarveException over = ended;
                if (over != null) {
                    write.answer.completeExceptionally(lost(write, over));
                    return write.answer;
                }
                LiveRoot now = shown;
                outbox.add(write);
                if (now != null && isForecast()) {
                    shown = new LiveRoot(forecast.after(now.node(), given), now.storeSeq());
                }
            }
        }
        pump();
        return write.answer;
    }

    /** Sends what may be sent. */
    private void pump() {
        LiveLink.Connection to;
        LiveRoot now;
        Map<String, LiveWrite> next = new LinkedHashMap<>();
        synchronized (lock) {
            to = ready;
            now = base;
            if (to == null || now == null) {
                return;
            }
            for (LiveWrite write : outbox.sendable(paused)) {
                String ref = link.nextRef();
                outbox.sent(write, ref, now.storeSeq());
                next.put(ref, write);
            }
        }
        long after = now.storeSeq();
        for (Map.Entry<String, LiveWrite> push : next.entrySet()) {
            if (push.getValue().enqueued) {
                keep(kept -> kept.sent(push.getValue(), after));
            }
            to.push(push.getKey(), "batch", LiveWriteText.push(push.getValue()));
        }
    }

    /** Takes a write out of those that wait, under the lock. False when it was not among them. */
    private boolean remove(LiveWrite write) {
        boolean removed = outbox.remove(write);
        if (removed && write.enqueued && options.view() == LiveOptions.View.OPTIMISTIC) {
            shown = isForecast() ? null : base;
        }
        return removed;
    }

    private void answer(LiveWrite write, EntryWriteResult result) {
        keep(kept -> kept.answered(write));
        if (write.enqueued) {
            states.call(() -> write.answer.complete(result));
        } else {
            write.answer.complete(result);
        }
    }

    private void fail(LiveWrite write, VarveException why) {
        if (write.enqueued && ended == null) {
            keep(kept -> kept.answered(write));
            LOG.log(System.Logger.Level.WARNING, "an enqueued write to " + name + " failed: " + why.getMessage());
            states.call(() -> write.answer.completeExceptionally(why));
        } else {
            write.answer.completeExceptionally(why);
        }
    }

    // ---- reads

    /**
     * What reads show.
     *
     * @return null when what this transport has shown already has not come yet, so that the server has to be asked
     */
    @Nullable LiveRoot readable() {
        LiveRoot root = shown;
        return root != null && root.storeSeq() >= mustShow ? root : awaited();
    }

    private @Nullable LiveRoot awaited() {
        long deadline = System.nanoTime() + options.answerTimeout().toNanos();
        synchronized (lock) {
            while (true) {
                requireOpen();
                LiveRoot now = base;
                if (now != null && now.storeSeq() >= mustShow) {
                    return shown(now);
                }
                VarveException failure = lastFailure;
                boolean waits = now == null ? !isHopeless(failure) : state == State.LIVE;
                if (!waits || !awaitChange(deadline)) {
                    if (now != null) {
                        return null;
                    }
                    throw notFilled(failure);
                }
            }
        }
    }

    /** Whether the server has said that it will not let this program in, which waiting does not change. */
    private static boolean isHopeless(@Nullable VarveException failure) {
        return failure != null && (failure.kind() == ErrorKind.UNAUTHORIZED || failure.kind() == ErrorKind.FORBIDDEN);
    }

    private LiveRoot shown(LiveRoot now) {
        LiveRoot root = shown;
        if (root == null) {
            LiveNode node = now.node();
            for (LiveWrite write : outbox.all()) {
                if (write.enqueued) {
                    node = forecast.after(node, write.ops);
                }
            }
            root = new LiveRoot(node, now.storeSeq());
            shown = root;
        }
        return root;
    }

    private VarveException notFilled(@Nullable VarveException failure) {
        return new VarveException(
                failure == null ? ErrorKind.TIMEOUT : failure.kind(),
                "the live sync of " + name + " is not filled yet"
                        + (failure == null ? " after " + options.answerTimeout() : ": " + failure.getMessage()),
                failure);
    }

    /** Waits under the lock. False when the time is over. */
    @SuppressWarnings("WaitNotInLoop") // its callers go round
    private boolean awaitChange(long deadline) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        try {
            TimeUnit.NANOSECONDS.timedWait(lock, Math.max(1_000_000, left));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VarveException(ErrorKind.TIMEOUT, "interrupted while waiting for the live sync of " + name, e);
        }
    }

    /** Another way has shown something of this store: a read by this one shows nothing older. */
    void mustShow(long storeSeq) {
        synchronized (lock) {
            mustShow = Math.max(mustShow, storeSeq);
        }
    }

    // ---- subscriptions

    Subscription subscribe(EntryPattern pattern, CommitListener listener) {
        if (!kept.keepsAll(pattern)) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "the live sync of " + name + " keeps " + kept + ", and so is not told of all changes of " + pattern
                            + "; name that pattern in its LiveOptions");
        }
        awaited();
        Subscription subscription = listeners.add(pattern, listener);
        synchronized (lock) {
            if (ended == null) {
                return subscription;
            }
        }
        subscription.close();
        throw closed();
    }

    // ---- how it stands

    @Override
    public Status status() {
        synchronized (lock) {
            LiveRoot now = base;
            return new Status(
                    state,
                    now == null ? 0 : now.storeSeq(),
                    now == null ? 0 : now.node().size(),
                    outbox.size());
        }
    }

    @Override
    public boolean awaitLive(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (lock) {
            while (state != State.LIVE) {
                requireOpen();
                if (!awaitChange(deadline)) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public Subscription onStatus(Consumer<? super Status> listener) {
        return states.add(listener);
    }

    private void tellState() {
        states.tell(status());
    }

    /** Fails once it has ended, for the reason that it did. */
    void requireOpen() {
        synchronized (lock) {
            if (ended != null) {
                throw closed();
            }
        }
    }

    private VarveException closed() {
        VarveException why = ended;
        return why == null
                ? new VarveException(ErrorKind.UNAVAILABLE, "the live sync was closed")
                : new VarveException(why.kind(), String.valueOf(why.getMessage()), why);
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public void close() {
        end(new VarveException(ErrorKind.UNAVAILABLE, "the live sync of " + name + " was closed"));
    }

    private void end(VarveException why) {
        List<LiveWrite> left;
        synchronized (lock) {
            if (ended != null) {
                return;
            }
            ended = why;
            state = State.CLOSED;
            ready = null;
            shown = null;
            left = new ArrayList<>(outbox.all());
            left.forEach(outbox::remove);
            lock.notifyAll();
        }
        link.close();
        onEnd.accept(this);
        listeners.end(why);
        if (file != null) {
            file.close();
        }
        left.forEach(write -> fail(write, lost(write, why)));
        tellState();
    }

    private VarveException lost(LiveWrite write, VarveException why) {
        boolean unknown = write.wasSent() && !write.enqueued;
        return new VarveException(
                unknown ? ErrorKind.OUTCOME_UNKNOWN : ErrorKind.UNAVAILABLE,
                why.getMessage() + (write.wasSent() ? "; the write may have been applied" : "; the write was not sent"),
                why);
    }
}
