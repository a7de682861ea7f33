package dev.varve.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A projection at work: hands it all events that are there, then all that come, keeps how far it has come, and goes on there after a
 * restart. History and what is new come by one way, so there is no gap between them and nothing comes twice.
 *
 * <pre>{@code
 * EventStore events = store.events();
 * AggregateId order = new AggregateId("order", "1");
 * events.append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{}"));
 *
 * List<String> seen = new CopyOnWriteArrayList<>();
 * Projection types = event -> seen.add(event.type());
 * try (ProjectionRun run = ProjectionRun.builder(events, "types", types)
 *         .read(EventRead.category("order"))
 *         .checkpointEvery(100, Duration.ZERO)
 *         .start()) {
 *     EventAppend paid = EventAppend.to(
 *             order, ExpectedVersion.exactly(0), List.of(NewEvent.json("OrderPaid", "{}")));
 *     boolean reached = events.appendAndAwait(paid, Set.of("types"), Duration.ofSeconds(10)).reached();
 *     System.out.println(reached + ": " + seen); // true: [OrderPlaced, OrderPaid]
 * }
 * }</pre>
 *
 * <ul>
 *   <li><b>Where it begins.</b> At the first start where the builder says, from the beginning without more; then {@link Projection#init} is called. Later
 *       behind its checkpoint. {@link Builder#replaying} has it begin anew at every start, for views in memory.
 *   <li><b>How often.</b> With {@link CheckpointStore#in} at least once: the checkpoint is saved after the events were handled, so after a crash the last ones come
 *       again, at most as many as came since the last save. With a transactional {@link CheckpointStore} exactly once, as far as the view is written in
 *       the same transaction: before the projection has caught up several events make one transaction, and if one of them fails, each is handled in its own.
 *   <li><b>Strict or not.</b> Nothing is ever called by an append. A writer that wants to see its write in the view waits, by {@link
 *       EventStore#appendAndAwait} or {@link Aggregates.Builder#awaiting} for the checkpoint, which is in the event store then, or by {@link #await} in the same
 *       JVM; a slow projection makes it wait, and never fails it. For a projection that is waited for, save checkpoints {@linkplain
 *       Builder#checkpointEvery at once}. In a store that does not exist yet nobody can wait before the first event.
 *   <li><b>Errors.</b> {@link Projection#failed} decides. Where it ends the run, the checkpoint stays before the event.
 *   <li><b>Threads.</b> Each run has threads of its own: a slow projection delays only itself. Only one run of a name may be at work at a time.
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class ProjectionRun implements Subscription {

    private final Builder plan;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Read and closed without a lock: whoever handles events may ask and close while others wait for it. */
    private volatile ProjectionSession session;

    private ProjectionRun(Builder plan) {
        this.plan = plan;
        this.session = begin(plan.replaying);
    }

    /**
     * A run of a projection.
     *
     * @param events whose events
     * @param name names it, and its checkpoint
     * @param projection takes them
     * @return a builder
     */
    public static Builder builder(EventStore events, String name, Projection projection) {
        return new Builder(events, name, projection);
    }

    private ProjectionSession begin(boolean anew) {
        if (anew) {
            plan.checkpoints().delete(plan.name);
        }
        OptionalLong saved = plan.checkpoints().load(plan.name);
        return saved.isPresent() ? follow(saved.getAsLong()) : first(plan.now ? plan.events.head() : plan.after);
    }

    private ProjectionSession first(long after) {
        plan.checkpoints().inTransaction(() -> {
            plan.projection.init();
            // So that it is known to those who wait for it.
            plan.checkpoints().save(plan.name, after);
        });
        return follow(after);
    }

    private ProjectionSession follow(long after) {
        boolean everything = plan.read.query().items().isEmpty()
                && plan.read.filter().equals(EventFilter.NONE)
                && plan.read.category() == null;
        ProjectionSession begun = new ProjectionSession(
                plan.name, plan.projection, plan.checkpoints(), plan.everyEvents, plan.every, everything, after);
        begun.follow(plan.events, plan.read.after(after));
        return begun;
    }

    /**
     * How far it has come.
     *
     * @return the position up to which all events were handled, inclusive; {@link EventStore#EMPTY} before the first. What is saved may be less
     */
    public long position() {
        return session.position();
    }

    /**
     * Waits until it has come so far. Not to be called by the projection itself.
     *
     * @param position up to where, inclusive, for example {@link Outcome#position}
     * @param timeout how long at most
     * @return whether it has; false also when the run has ended
     */
    public boolean await(long position, Duration timeout) {
        return session.await(position, timeout);
    }

    /**
     * Why it has ended by itself.
     *
     * @return what {@link EventHandler#ended} was told; nothing while it works, and when it was closed
     */
    public Optional<RuntimeException> failure() {
        return session.failure();
    }

    /**
     * Makes the view anew: waits for the event that is being handled, forgets the checkpoint, calls {@link Projection#init} and begins from the
     * beginning of the log. Also starts a run again that has ended.
     *
     * @throws IllegalStateException when it was closed, or this is called by the projection itself
     */
    public void rebuild() {
        if (session.isHandling()) {
            throw new IllegalStateException(
                    "the projection " + plan.name + " cannot be made anew while it handles an event");
        }
        rebuildNow();
    }

    private synchronized void rebuildNow() {
        if (closed.get()) {
            throw new IllegalStateException("the projection " + plan.name + " was closed");
        }
        session.close();
        plan.checkpoints().delete(plan.name);
        session = first(EventStore.EMPTY);
        if (closed.get()) {
            session.close();
        }
    }

    /**
     * Ends it: waits for the event that is being handled, unless called by the projection itself, and saves the checkpoint. If that fails, it
     * is logged, and some events come again. Closing twice is harmless.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            session.close();
        }
    }

    /** Says more about a run. Confined to one thread. */
    public static final class Builder {

        /** The checkpoint is saved after so many events where nothing else is said. */
        public static final int CHECKPOINT_EVENTS = 100;

        /** The checkpoint is saved after so long where nothing else is said. */
        public static final Duration CHECKPOINT_TIME = Duration.ofMillis(100);

        private final EventStore events;
        private final String name;
        private final Projection projection;
        private EventRead read = EventRead.all();
        private CheckpointStore checkpoints;
        private long after = EventStore.EMPTY;
        private boolean now;
        private boolean replaying;
        private int everyEvents = CHECKPOINT_EVENTS;
        private Duration every = CHECKPOINT_TIME;

        private Builder(EventStore events, String name, Projection projection) {
            EventTexts.check("the name of a projection", name, EventAppend.Tracking.MAX_SOURCE_BYTES);
            this.events = events;
            this.name = name;
            this.projection = projection;
            this.checkpoints = CheckpointStore.in(events);
        }

        private CheckpointStore checkpoints() {
            return checkpoints;
        }

        /**
         * What the projection is called.
         *
         * @return the name of its checkpoint
         */
        public String name() {
            return name;
        }

        /**
         * Which events it takes; all without this.
         *
         * @param other by category, query and filter; its limit is that of one read, its lower bound does not matter
         * @return this
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a read of one aggregate, whose bounds are no positions, a backward one, or one
         *     with an upper bound
         */
        public Builder read(EventRead other) {
            if (other.aggregate() != null || other.backwards() || other.upTo() != Long.MAX_VALUE) {
                throw EventTexts.invalid(
                        "a projection counts positions of the log, so it reads forward, without an upper bound,"
                                + " and not one aggregate; use follow for that");
            }
            read = other;
            return this;
        }

        /**
         * Begins, at its first start, with what comes from then on.
         *
         * @return this
         */
        public Builder fromNow() {
            now = true;
            return this;
        }

        /**
         * Begins, at its first start, behind a position.
         *
         * @param position exclusive
         * @return this
         */
        public Builder after(long position) {
            now = false;
            after = position;
            return this;
        }

        /**
         * Begins anew at every start: for views that are gone with the JVM.
         *
         * @return this
         */
        public Builder replaying() {
            replaying = true;
            return this;
        }

        /**
         * Where the checkpoint is kept; among those of the event store without this.
         *
         * @param other the checkpoints
         * @return this
         */
        public Builder checkpoints(CheckpointStore other) {
            checkpoints = other;
            return this;
        }

        /**
         * How often the checkpoint is saved: after so many events, or so long after the first that is not saved, whichever comes first. Saving does not
         * hold up handling: what was handled during one save goes into the next. In a transaction with the handling it is saved each time, and the
         * number is how many events make one transaction at most.
         *
         * @param count events, from 1
         * @param time how long; zero to save at once, for projections that appends wait for
         * @return this
         */
        public Builder checkpointEvery(int count, Duration time) {
            if (count < 1 || time.isNegative()) {
                throw new IllegalArgumentException(
                        "a checkpoint is saved after 1 event or more, and a time from 0 on, was " + count + " and "
                                + time);
            }
            everyEvents = count;
            every = time;
            return this;
        }

        /**
         * Starts it.
         *
         * @return to be closed
         * @throws RuntimeException what {@link Projection#init} and the store of checkpoints throw; nothing was started
         */
        public ProjectionRun start() {
            return new ProjectionRun(this);
        }
    }
}
