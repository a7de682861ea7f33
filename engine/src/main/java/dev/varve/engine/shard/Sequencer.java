package dev.varve.engine.shard;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.OutOfSpaceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts the commands of a shard into one order and commits them in groups.
 *
 * <h2>One owner at a time</h2>
 *
 * All state of the shard that decides is touched only by its owner: whichever thread holds {@link #owned}. That is a
 * thread that has just brought work ({@link #runPending}, in practice an event loop that has read a round of requests)
 * or the sequencer's own thread. Nobody waits for ownership: who does not get it has put its work in the queue before
 * trying, and the owner looks at the queue again after letting go. Letting go and taking are a release and an acquire, so
 * owner-only fields need no further care.
 *
 * <h2>A cycle</h2>
 *
 * Take commands until the group is full or the queue is empty; decide each against the decided state, which runs ahead of
 * the durable one by what is in flight; write the group; when it is durable, publish every effect, tell listeners, then
 * answer. A refusal waits for the group as well, since it may rest on a command in the same group. Group commit needs no
 * timer: while one group syncs, the next one gathers.
 *
 * <p>Nothing is ever rolled back. If a group cannot be written the decided state is ahead of the log for good; so the
 * shard is poisoned, every waiter is told that the outcome is unknown, and only opening the shard again decides.
 *
 * <h2>Inline or handed over</h2>
 *
 * Committing on the thread that read the request saves two wake-ups, about half the cost of a small append. It is right
 * only while a sync is fast, because the thread serves other connections too. The recent sync time decides: above
 * {@link SequencerOptions#handOverNanos} work goes to the sequencer's thread until syncs are at half of that again. A
 * journal that completes later, on another thread, is always handed over.
 *
 * <h2>Cold heads</h2>
 *
 * The owner never reads the disk. A command whose heads are not in memory is parked while a pool loads them, and with it
 * every later command that shares a key, so that order per key holds. The first of these look ahead, so that many aggregates of one store
 * that are cold are read together and not one after the other.
 *
 * <p>Thread-safe.
 */
public final class Sequencer implements AutoCloseable {

    /** A sync that is so many times faster than the mean says that what made the mean so slow has ended. */
    private static final int STALL_FACTOR = 16;

    /** The changes of all faces together may take half of the heap until a checkpoint has written some. */
    private static final long MAX_HELD_BYTES = Runtime.getRuntime().maxMemory() / 2;

    private static final int MAX_INLINE_CYCLES = 4;
    private static final int MAX_SPINS = 1_000;
    private static final long SETTLING_NANOS = 20_000;
    private static final int MAX_TASKS_PER_CYCLE = 256;

    /** So many parked commands read the disk at once for one decision after the other. */
    private static final int MAX_LOOKING_AHEAD = 64;

    private static final long MAX_SLEEP_NANOS = 50_000_000;
    private static final long NEVER = Long.MIN_VALUE;

    private final Journal journal;
    private final long epoch;
    private final EngineTime time;
    private final List<? extends Face> faces;
    private final Visibility visibility;
    private final SequencerOptions options;
    private final Runnable afterGroup;
    private final Runnable onShortOfSpace;
    private final Consumer<Throwable> onPoison;

    private final ConcurrentLinkedQueue<Command> queue = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Flight> completed = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final Times syncTimes = new Times();
    private final AtomicBoolean owned = new AtomicBoolean();
    private final Set<Thread> drivers = ConcurrentHashMap.newKeySet();

    /** Whether memory holds as many changes as it may until a checkpoint has written some. Written by the owner. */
    private volatile boolean overfull;

    private volatile boolean closing;
    private volatile boolean slow;
    private volatile boolean remote;
    private volatile boolean retryParked;
    private volatile @Nullable Throwable poison;
    private volatile int groupsInFlight;
    /** The mean duration of the last syncs. */
    private volatile long syncNanos;

    private volatile long writingSince = NEVER;

    /** Who is putting a commit of several faces in place right now; null nearly always. */
    private volatile @Nullable Thread settling;

    /** Who is putting a group in place right now, of whatever commits; null nearly always. */
    private volatile @Nullable Thread showing;

    private volatile @Nullable Thread worker;
    private final AtomicBoolean workerSleeps = new AtomicBoolean();

    // Owner only.
    private final ArrayDeque<Flight> free = new ArrayDeque<>();
    private final ArrayDeque<Flight> inFlight = new ArrayDeque<>();
    private final ArrayDeque<Command> parked = new ArrayDeque<>();
    private final Set<String> parkedKeys = new HashSet<>();
    private long lastGroupMillis;
    /** What is neither queued nor in flight right now, and must hear of it when a fault stops the shard. */
    private @Nullable Flight exposed;

    private @Nullable Command inHand;
    private List<Command> reconsidered = List.of();

    /**
     * Creates a sequencer over a claimed journal.
     *
     * @param journal where groups go
     * @param epoch the claim
     * @param time the engine's time
     * @param faces told after each durable group
     * @param visibility moved past each durable group
     * @param options the bounds
     * @param afterGroup run by the owner after each durable group; must be quick
     * @param onShortOfSpace run by the owner when the journal has no space left; must be quick
     * @param onPoison told once when the shard can write no more; called by the owner
     */
    Sequencer(
            Journal journal,
            long epoch,
            EngineTime time,
            List<? extends Face> faces,
            Visibility visibility,
            SequencerOptions options,
            Runnable afterGroup,
            Runnable onShortOfSpace,
            Consumer<Throwable> onPoison) {
        this.journal = journal;
        this.epoch = epoch;
        this.time = time;
        this.faces = List.copyOf(faces);
        this.visibility = visibility;
        this.options = options;
        this.afterGroup = afterGroup;
        this.onShortOfSpace = onShortOfSpace;
        this.onPoison = onPoison;
        for (int i = 0; i < options.maxGroupsInFlight(); i++) {
            free.add(new Flight());
        }
    }

    /**
     * Starts the sequencer's own thread. Without it only {@link #runPending} commits anything, as a simulation wants.
     *
     * @param threads makes the thread
     */
    void start(ThreadFactory threads) {
        Thread thread = threads.newThread(this::work);
        worker = thread;
        thread.start();
    }

    boolean hasThread() {
        return worker != null;
    }

    /**
     * Queues a command. It is answered or failed exactly once, possibly before this returns.
     *
     * @param command what to decide
     */
    public void submit(Command command) {
        int weight = command.weightBytes();
        if (!accepting(command)) {
            return;
        }
        if (overfull) {
            command.fail(new VarveException(
                    ErrorKind.OVERLOADED,
                    "more has changed than could be written to the state yet; nothing was applied, try again shortly",
                    null,
                    Duration.ofSeconds(1)));
            // Nothing comes in that would have a checkpoint tried again which failed.
            post(onShortOfSpace);
            return;
        }
        long queued = queuedBytes.addAndGet(weight);
        boolean alone = queued == weight && writingSince == NEVER;
        boolean full = queued > options.maxQueueBytes() && queued > weight;
        // One is always let through to find out whether the disk is still slow; nothing else would ever tell.
        if (!alone && (full || expectedWaitNanos(queued) > options.maxWaitNanos())) {
            queuedBytes.addAndGet(-weight);
            command.fail(new VarveException(
                    ErrorKind.OVERLOADED,
                    "more writes are waiting than the disk takes in time; nothing was applied, try again shortly",
                    null,
                    Duration.ofSeconds(1)));
            return;
        }
        queue.add(command);
        if (closing && queue.remove(command)) {
            queuedBytes.addAndGet(-weight);
            accepting(command);
            return;
        }
        if (!drivers.contains(Thread.currentThread())) {
            wakeWorker();
        }
    }

    private boolean accepting(Command command) {
        if (poison != null) {
            command.fail(poisoned());
            return false;
        }
        if (closing) {
            command.fail(new VarveException(ErrorKind.UNAVAILABLE, "Varve is closing; nothing was applied"));
            return false;
        }
        return true;
    }

    private VarveException poisoned() {
        return new VarveException(
                ErrorKind.UNAVAILABLE,
                "the log stopped after a failed write; nothing was applied, restart Varve to recover",
                poison);
    }

    /**
     * Runs something on the owner before its next group.
     *
     * @param task what to run; quick, without I/O
     */
    public void post(Runnable task) {
        tasks.add(task);
        wakeWorker();
    }

    /**
     * Waits while a commit of several faces is being put in place, one after the other. To be called at the start of every read of a
     * face: whoever has seen such a commit in one face, and reads another one then, finds it there, too. In memory and without a disk,
     * so this is over at once; and it is one look at a field where there is nothing to wait for. Thread-safe.
     */
    public void awaitWhole() {
        if (settling != null) {
            awaitSettled();
        }
    }

    private void awaitSettled() {
        awaitNobody(() -> settling);
    }

    /**
     * Waits while any group is being put in place, as {@link #awaitWhole}. To be called at the start of every read that shows all faces as
     * one: whoever has seen a commit in a face finds it there.
     */
    public void awaitShown() {
        if (showing != null) {
            awaitNobody(() -> showing);
        }
    }

    private static void awaitNobody(Supplier<@Nullable Thread> busy) {
        Thread reading = Thread.currentThread();
        int spins = 0;
        for (Thread owner = busy.get(); owner != null && !reading.equals(owner); owner = busy.get()) {
            if (spins++ < MAX_SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(SETTLING_NANOS); // the owner may be waiting for this processor
            }
        }
    }

    /** Has parked commands looked at again. Called by the owner, from a posted task, when something was loaded. */
    public void loaded() {
        retryParked = true;
    }

    /**
     * How long a command that is queued now would wait.
     *
     * @return nanoseconds, from what is waiting and how long syncs have taken of late
     */
    public long expectedWaitNanos() {
        return expectedWaitNanos(queuedBytes.get());
    }

    private long expectedWaitNanos(long queued) {
        long groups = queued / options.maxGroupBytes() + 1;
        return Math.max(writingNanos(), syncNanos * groups);
    }

    /**
     * Whether a group has been on its way to the disk for longer than a command may wait.
     *
     * @return true while every command is refused
     */
    public boolean isStalled() {
        return writingNanos() > options.maxWaitNanos();
    }

    private long writingNanos() {
        long since = writingSince;
        return since == NEVER ? 0 : Math.max(0, time.elapsedNanos() - since);
    }

    /**
     * How long the durable writes of groups have taken.
     *
     * @return the distribution since the start
     */
    public Times syncTimes() {
        return syncTimes;
    }

    /**
     * What is waiting to be decided.
     *
     * @return bytes of the commands' weight
     */
    public long queuedBytes() {
        return queuedBytes.get();
    }

    /**
     * Why nothing can be written any more.
     *
     * @return the first failure, or null while all is well
     */
    public @Nullable Throwable poison() {
        return poison;
    }

    /**
     * Commits what is waiting on the calling thread when no other thread does and syncs are fast, else hands it over.
     * The first call makes the calling thread a driver: one whose submissions wait for its next call of this method.
     */
    public void runPending() {
        if (worker != null) {
            drivers.add(Thread.currentThread());
            if (slow || remote || queuedBytes.get() > options.maxInlineBytes()) {
                wakeWorker();
                return;
            }
        }
        for (int i = 0; i < MAX_INLINE_CYCLES && hasWork(); i++) {
            if (!owned.compareAndSet(false, true)) {
                return;
            }
            try {
                cycle();
            } finally {
                owned.set(false);
            }
        }
        if (hasWork()) {
            wakeWorker();
        }
    }

    /**
     * Whether the calling thread commits what it submits.
     *
     * @return true for a thread that has called {@link #runPending}
     */
    public boolean isDriver() {
        return drivers.contains(Thread.currentThread());
    }

    /** Whether something was given to the journal and is not visible yet. Called by the owner. */
    boolean hasGroupsInFlight() {
        return !inFlight.isEmpty();
    }

    private boolean hasWork() {
        return !tasks.isEmpty()
                || !completed.isEmpty()
                || ((!queue.isEmpty() || retryParked)
                        && (groupsInFlight < options.maxGroupsInFlight() || poison != null));
    }

    private void wakeWorker() {
        Thread thread = worker;
        if (thread != null && workerSleeps.get() && workerSleeps.compareAndSet(true, false)) {
            LockSupport.unpark(thread);
        }
    }

    private void work() {
        while (true) {
            if (hasWork() && owned.compareAndSet(false, true)) {
                try {
                    cycle();
                } finally {
                    owned.set(false);
                }
                continue;
            }
            workerSleeps.set(true);
            if (hasWork() && !owned.get()) {
                workerSleeps.set(false);
                continue;
            }
            if (closing && idle()) {
                return;
            }
            // Whoever owns the shard looks for work again after letting go and wakes this thread if some is left.
            LockSupport.parkNanos(this, MAX_SLEEP_NANOS);
            workerSleeps.set(false);
        }
    }

    private boolean idle() {
        if (!owned.compareAndSet(false, true)) {
            return false;
        }
        try {
            return queue.isEmpty() && tasks.isEmpty() && inFlight.isEmpty() && (parked.isEmpty() || poison != null);
        } finally {
            owned.set(false);
        }
    }

    private void cycle() {
        try {
            runTasks();
            finishCompleted();
            if (poison == null && !free.isEmpty()) {
                decideAndWrite();
                finishCompleted();
            }
            if (poison != null) {
                failWaiting(); // also those that are parked until a group is there that will never be
            }
        } catch (RuntimeException | Error fault) {
            // The decided state may be half changed: a fault of ours stops the shard, not just the request.
            poison(fault);
            failExposed(fault);
            failWaiting();
        }
    }

    private void failExposed(Throwable fault) {
        VarveException unknown = outcomeUnknown(fault);
        Flight flight = exposed;
        if (flight != null) {
            flight.fail(unknown);
            exposed = null;
        }
        Command command = inHand;
        if (command != null) {
            command.fail(unknown);
            inHand = null;
        }
        for (Command waiting : reconsidered) {
            waiting.fail(unknown);
        }
        reconsidered = List.of();
    }

    private static VarveException outcomeUnknown(Throwable cause) {
        return new VarveException(
                ErrorKind.OUTCOME_UNKNOWN,
                "the log failed while this write was under way; whether it was kept shows after a restart",
                cause);
    }

    private void runTasks() {
        for (int i = 0; i < MAX_TASKS_PER_CYCLE; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            task.run();
        }
        // A checkpoint lets go of what it has written by such tasks.
        if (overfull) {
            overfull = holdsTooMuch();
        }
    }

    /** Whether commands are refused until a checkpoint has written some of what is in memory. Thread-safe. */
    boolean isOverfull() {
        return overfull;
    }

    private boolean holdsTooMuch() {
        long heldBytes = 0;
        for (int i = 0; i < faces.size(); i++) {
            if (faces.get(i).isOverfull()) {
                return true;
            }
            heldBytes += faces.get(i).heldBytes();
        }
        return heldBytes > MAX_HELD_BYTES;
    }

    private void decideAndWrite() {
        Flight flight = free.remove();
        exposed = flight;
        lastGroupMillis = Math.max(lastGroupMillis, time.millis());
        flight.begin(lastGroupMillis, journal.hasSpace());
        if (!flight.hasSpace) {
            onShortOfSpace.run();
        }
        if (retryParked) {
            retryParked = false;
            decideParked(flight);
        }
        while (flight.group.sizeBytes() < options.maxGroupBytes()) {
            Command command = queue.poll();
            if (command == null) {
                break;
            }
            inHand = command;
            if ((!parked.isEmpty() && sharesKey(command)) || !command.prepare()) {
                park(command);
            } else {
                decide(command, flight);
            }
            inHand = null;
        }
        exposed = null;
        if (flight.commands.isEmpty()) {
            free.add(flight);
        } else if (flight.group.frames() > 0) {
            write(flight);
        } else if (inFlight.isEmpty()) {
            exposed = flight;
            flight.answer();
            exposed = null;
            recycle(flight);
        } else {
            inFlight.getLast().followers.addAll(flight.commands);
            recycle(flight);
        }
    }

    private void park(Command command) {
        if (parked.size() < MAX_LOOKING_AHEAD) {
            command.lookAheadOnce();
        }
        parked.add(command);
        parkedKeys.addAll(command.knownKeys());
    }

    private boolean sharesKey(Command command) {
        for (String key : command.knownKeys()) {
            if (parkedKeys.contains(key)) {
                return true;
            }
        }
        return false;
    }

    private void decideParked(Flight flight) {
        List<Command> waiting = new ArrayList<>(parked);
        parked.clear();
        parkedKeys.clear();
        reconsidered = waiting;
        for (Command command : waiting) {
            if (sharesKey(command) || flight.group.sizeBytes() >= options.maxGroupBytes() || !command.prepare()) {
                if (flight.group.sizeBytes() >= options.maxGroupBytes()) {
                    retryParked = true;
                }
                park(command);
            } else {
                decide(command, flight);
            }
        }
        reconsidered = List.of();
    }

    private void decide(Command command, Flight flight) {
        queuedBytes.addAndGet(-command.weightBytes());
        if (!flight.hasSpace && !command.freesSpace()) {
            command.fail(new VarveException(
                    ErrorKind.OUT_OF_SPACE,
                    "the disk is full; nothing was applied, reads, deletions and closings go on",
                    null,
                    Duration.ofSeconds(5)));
            return;
        }
        CompletableFuture<?> awaited = command.leaves();
        if (awaited != null) {
            takeAgain(command, awaited);
            return;
        }
        command.begin();
        flight.commands.add(command);
        flight.writer.reset(lastGroupMillis);
        command.decide(flight.writer, lastGroupMillis);
        int frame = flight.writer.takeFrame();
        if (frame >= 0) {
            command.wrote(frame);
            flight.spansFaces |= command.spansFaces();
        }
    }

    /** Of a command that has left nothing was decided, so it is in no group, and those behind it do not wait. */
    private void takeAgain(Command command, CompletableFuture<?> awaited) {
        var _ = awaited.whenComplete((_, cause) -> {
            if (cause == null) {
                submit(command);
            } else {
                command.fail(
                        cause instanceof VarveException known
                                ? known
                                : new VarveException(ErrorKind.INTERNAL, "nothing was applied: " + cause, cause));
            }
        });
    }

    private void write(Flight flight) {
        inFlight.add(flight);
        groupsInFlight = inFlight.size();
        journal.useReserve(!flight.hasSpace);
        long before = time.elapsedNanos();
        flight.writtenAt = before;
        writingSince = before;
        try {
            flight.start = append(flight);
        } catch (OutOfSpaceException e) {
            poison(e);
            return;
        }
        if (!flight.done) {
            remote = true;
        }
    }

    /** The commands are decided, so they cannot be refused any more: space that ran out just now comes from the reserve. */
    private long append(Flight flight) throws OutOfSpaceException {
        try {
            return journal.append(epoch, flight.group, flight);
        } catch (OutOfSpaceException e) {
            journal.useReserve(true);
            return journal.append(epoch, flight.group, flight);
        }
    }

    private void finishCompleted() {
        for (Flight flight = completed.poll(); flight != null; flight = completed.poll()) {
            Throwable cause = flight.failure;
            if (cause != null) {
                poison(cause);
                return;
            }
            if (poison != null) {
                return;
            }
            measure(flight);
            exposed = flight;
            inFlight.remove(flight);
            groupsInFlight = inFlight.size();
            show(flight);
            for (Face face : faces) {
                face.tellListeners();
            }
            flight.answer();
            exposed = null;
            recycle(flight);
            overfull = holdsTooMuch();
            afterGroup.run();
        }
    }

    private void show(Flight flight) {
        showing = Thread.currentThread();
        if (flight.spansFaces) {
            settling = showing;
        }
        try {
            flight.publish();
            visibility.moveTo(flight.end);
            for (Face face : faces) {
                face.shown();
            }
        } finally {
            if (flight.spansFaces) {
                settling = null;
            }
            showing = null;
        }
    }

    private void measure(Flight flight) {
        long took = Math.max(0, time.elapsedNanos() - flight.writtenAt);
        syncTimes.add(took);
        long mean = syncNanos;
        boolean stallIsOver = took < mean / STALL_FACTOR;
        syncNanos = mean == 0 || stallIsOver ? took : mean + (took - mean) / 8;
        writingSince = inFlight.size() > 1 ? flight.writtenAt : NEVER;
        slow = slow ? syncNanos > options.handOverNanos() / 2 : syncNanos > options.handOverNanos();
    }

    private void recycle(Flight flight) {
        flight.clear();
        free.add(flight);
    }

    /** Stops everything for good: what is on disk is in doubt. Called by the owner. */
    void poison(Throwable cause) {
        if (poison != null) {
            return;
        }
        poison = cause;
        writingSince = NEVER;
        for (Flight flight : inFlight) {
            flight.fail(outcomeUnknown(cause));
        }
        inFlight.clear();
        groupsInFlight = 0;
        onPoison.accept(cause);
    }

    private void failWaiting() {
        VarveException failure = poisoned();
        for (Command command = queue.poll(); command != null; command = queue.poll()) {
            queuedBytes.addAndGet(-command.weightBytes());
            command.fail(failure);
        }
        for (Command command : parked) {
            queuedBytes.addAndGet(-command.weightBytes());
            command.fail(failure);
        }
        parked.clear();
        parkedKeys.clear();
        retryParked = false;
    }

    /** Finishes what is queued, then refuses everything. Waits for the sequencer's thread. */
    @Override
    public void close() {
        closing = true;
        Thread thread = worker;
        boolean interrupted = false;
        if (thread == null) {
            runPending();
        }
        while (thread != null && thread.isAlive()) {
            LockSupport.unpark(thread);
            try {
                thread.join(10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        for (Command command = queue.poll(); command != null; command = queue.poll()) {
            queuedBytes.addAndGet(-command.weightBytes());
            accepting(command);
        }
    }

    /** A group on its way, with the commands that wait for it. Owner only, except for the journal's completion. */
    private final class Flight implements Journal.Completion {

        private final Group group = new Group();
        private final FrameWriter writer = new FrameWriter(group);
        private final ArrayList<Command> commands = new ArrayList<>();
        private final ArrayList<Command> followers = new ArrayList<>();
        private boolean hasSpace;
        private boolean spansFaces;
        private long timeMillis;
        private long start;
        private long end;
        private long writtenAt;
        private volatile boolean done;
        private volatile @Nullable Throwable failure;

        void begin(long nowMillis, boolean space) {
            hasSpace = space;
            spansFaces = false;
            timeMillis = nowMillis;
            writer.reset(nowMillis);
            done = false;
        }

        @Override
        public void durable(long groupEnd) {
            end = groupEnd;
            done = true;
            completed.add(this);
            if (!owned.get()) {
                wakeWorker();
            }
        }

        @Override
        public void failed(Throwable cause) {
            failure = cause;
            durable(-1);
        }

        void publish() {
            for (int i = 0; i < commands.size(); i++) {
                commands.get(i).publish(group, start, timeMillis, visibility);
            }
        }

        void answer() {
            for (int i = 0; i < commands.size(); i++) {
                commands.get(i).answer();
            }
            for (int i = 0; i < followers.size(); i++) {
                followers.get(i).answer();
            }
        }

        void fail(VarveException unknown) {
            for (Command command : commands) {
                command.fail(unknown);
            }
            for (Command command : followers) {
                command.fail(unknown);
            }
        }

        void clear() {
            group.clear();
            commands.clear();
            followers.clear();
        }
    }
}
