package dev.varve.api;

import static java.util.Objects.requireNonNull;

import dev.varve.api.HotStates.Known;
import dev.varve.api.HotStates.Place;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates of one type that obey a {@link Decider}: a command is decided in the state that the events make, and what it decides is
 * appended if the aggregate is still at that version.
 *
 * <pre>{@code
 * record Cart(Map<String, Integer> items) {}
 *
 * sealed interface CartEvent {
 *     record Added(String item) implements CartEvent {}
 *
 *     record Emptied() implements CartEvent {}
 * }
 *
 * Decider<Cart, String, CartEvent> decider = Decider.of(
 *         new Cart(Map.of()),
 *         (item, cart) -> List.of(new CartEvent.Added(item)),
 *         (cart, event) -> {
 *             Map<String, Integer> items = new TreeMap<>(cart.items());
 *             if (event instanceof CartEvent.Added added) {
 *                 items.merge(added.item(), 1, Integer::sum);
 *             } else {
 *                 items.clear();
 *             }
 *             return new Cart(items);
 *         });
 * Aggregates<Cart, String, CartEvent> carts = Aggregates.builder(
 *                 store.events(), "cart", decider, EventCodec.of(CartEvent.class))
 *         .snapshots(Cart.class)
 *         .build();
 * carts.execute("4711", "book");
 * System.out.println(carts.execute("4711", "book").state() + ", " + carts.state("unknown"));
 * }</pre>
 *
 * <ul>
 *   <li><b>Order.</b> Commands for one aggregate are done one after the other in this JVM; commands for different ones do not wait for each other.
 *   <li><b>Races.</b> When somebody else has appended meanwhile, the state is read anew and the command decided again, up to {@link Builder#retries}
 *       times. A refusal, or that there is nothing to do, is decided in a state that was looked up: another process may have changed the aggregate
 *       that is in memory here.
 *   <li><b>Failures.</b> A command that is refused stores nothing, and of an aggregate without events nothing is kept in memory. An append of which
 *       nobody knows the outcome is made again with the same event ids, for some ten seconds, and so has its effect once; if nobody knows then,
 *       the failure is thrown, and the aggregate is read anew for the next command.
 *   <li><b>Memory.</b> States of aggregates that were used last stay in memory, up to {@link Builder#inMemory}; what was not used for as long as said
 *       there leaves it with the next command for any aggregate.
 *   <li><b>Snapshots</b> are written after the command has returned, every {@link Builder#snapshotEvery} events since the last one. One
 *       that fails, or cannot be read, or is of another schema, costs time and nothing else.
 * </ul>
 *
 * <p>An aggregate that is {@linkplain EventStore#remove removed} begins anew with the same versions, so remove it only where no other process may
 * have it in memory. Thread-safe, and needs no closing.
 *
 * @param <S> states
 * @param <C> commands
 * @param <E> events
 */
public final class Aggregates<S, C, E> {

    private final EventStore events;
    private final String type;
    private final Decider<S, C, E> decider;
    private final EventCodec<E> codec;
    private final int retries;
    private final Set<String> projections;
    private final Duration patience;
    private final HotStates<S> hot;
    private final @Nullable SnapshotWriter<S> snapshots;
    private final int snapshotEvery;

    private Aggregates(Builder<S, C, E> builder) {
        this.events = builder.events;
        this.type = builder.type;
        this.decider = builder.decider;
        this.codec = builder.codec;
        this.retries = builder.retries;
        this.projections = builder.projections;
        this.patience = builder.patience;
        this.hot = new HotStates<>(builder.inMemory, builder.idle, builder.clock);
        this.snapshotEvery = builder.snapshotEvery;
        this.snapshots = builder.snapshotCodec == null
                ? null
                : new SnapshotWriter<>(
                        events, builder.snapshotCodec, builder.snapshotSchema, builder.clock, builder.executor());
    }

    /**
     * Aggregates without snapshots.
     *
     * @param <S> states
     * @param <C> commands
     * @param <E> events
     * @param events where their events are
     * @param type the type of the aggregates
     * @param decider what commands and events mean
     * @param codec writes and reads events
     * @return the aggregates
     */
    public static <S, C, E> Aggregates<S, C, E> of(
            EventStore events, String type, Decider<S, C, E> decider, EventCodec<E> codec) {
        return builder(events, type, decider, codec).build();
    }

    /**
     * Aggregates about which more is to be said.
     *
     * @param <S> states
     * @param <C> commands
     * @param <E> events
     * @param events where their events are
     * @param type the type of the aggregates
     * @param decider what commands and events mean
     * @param codec writes and reads events
     * @return a builder
     */
    public static <S, C, E> Builder<S, C, E> builder(
            EventStore events, String type, Decider<S, C, E> decider, EventCodec<E> codec) {
        return new Builder<>(events, type, decider, codec);
    }

    /**
     * Does a command.
     *
     * @param id which aggregate, existing or not
     * @param command what is to be done
     * @return what came of it; durable
     * @throws EventsRefusedException when others were faster each time, or the aggregate was deleted for ever; nothing was stored
     * @throws VarveException when events cannot be read, or as {@link EventStore#tryAppend} says
     * @throws RuntimeException what the decider refuses the command with; nothing was stored
     */
    public Outcome<S, E> execute(String id, C command) {
        return execute(id, command, Map.of());
    }

    /**
     * Does a command, and notes something with its events.
     *
     * @param id which aggregate, existing or not
     * @param command what is to be done
     * @param metadata added to the metadata of each event, for example under {@link NewEvent#CORRELATION_ID}
     * @return what came of it; durable
     * @throws RuntimeException as {@link #execute(String, Object)} says
     */
    public Outcome<S, E> execute(String id, C command, Map<String, String> metadata) {
        AggregateId aggregate = new AggregateId(type, id);
        if (!projections.isEmpty()) {
            // Tells of unknown names before anything is written.
            events.awaitCheckpoints(projections, EventStore.EMPTY, Duration.ZERO);
        }
        Outcome<S, E> outcome;
        Place<S> place = hot.enter(id);
        try {
            outcome = execute(aggregate, place, command, metadata);
        } finally {
            hot.leave(place);
        }
        // Outside of what others wait for: a projection may give commands to the same aggregate.
        return projections.isEmpty() || outcome.events().isEmpty() ? outcome : awaited(outcome);
    }

    private Outcome<S, E> awaited(Outcome<S, E> outcome) {
        boolean reached;
        try {
            reached = events.awaitCheckpoints(projections, outcome.position(), patience);
        } catch (VarveException e) {
            reached = false; // The events are stored, so the command has not failed, whatever became of the wait.
        }
        return new Outcome<>(outcome.events(), outcome.state(), outcome.version(), outcome.position(), reached);
    }

    private Outcome<S, E> execute(AggregateId aggregate, Place<S> place, C command, Map<String, String> metadata) {
        for (int attempt = 0; ; attempt++) {
            Known<S> remembered = place.known;
            Known<S> known = remembered != null ? remembered : load(aggregate);
            place.known = null;
            List<E> decided;
            try {
                decided = decider.decide(command, known.state());
            } catch (RuntimeException e) {
                if (remembered != null && hasChanged(aggregate, remembered)) {
                    continue;
                }
                remember(place, known);
                throw e;
            }
            if (decided.isEmpty()) {
                if (remembered != null && hasChanged(aggregate, remembered)) {
                    continue;
                }
                remember(place, known);
                return new Outcome<>(decided, known.state(), known.version(), EventStore.EMPTY, true);
            }
            S state = Folding.fold(decider, known.state(), decided);
            EventAppendResult result = CertainAppend.append(events, append(aggregate, known, decided, metadata));
            if (result instanceof EventAppendResult.Appended appended) {
                long version = appended.version(aggregate);
                remember(place, snapshotted(aggregate, new Known<>(version, state, known.snapshotVersion())));
                return new Outcome<>(decided, state, version, appended.lastPosition(), true);
            }
            EventAppendResult.Refused refused = (EventAppendResult.Refused) result;
            if (refused.reason() != EventAppendResult.Reason.WRONG_EXPECTED_VERSION || attempt >= retries) {
                throw new EventsRefusedException(refused);
            }
        }
    }

    private EventAppend append(AggregateId aggregate, Known<S> known, List<E> decided, Map<String, String> metadata) {
        ExpectedVersion expected = known.version() == EventStore.EMPTY
                ? ExpectedVersion.noStream()
                : ExpectedVersion.exactly(known.version());
        return EventAppend.to(
                aggregate,
                expected,
                decided.stream()
                        .map(event -> Folding.encode(codec, event, metadata))
                        .toList());
    }

    private void remember(Place<S> place, Known<S> known) {
        boolean worthIt = known.version() != EventStore.EMPTY && !decider.isTerminal(known.state());
        place.known = worthIt ? known : null;
    }

    /** Whether somebody else has appended to an aggregate, or it was deleted. */
    private boolean hasChanged(AggregateId aggregate, Known<S> known) {
        return events.read(EventRead.of(aggregate).after(known.version()).withLimit(1))
                        .version()
                != known.version();
    }

    private Known<S> snapshotted(AggregateId aggregate, Known<S> known) {
        if (snapshots == null || known.version() - known.snapshotVersion() < snapshotEvery) {
            return known;
        }
        snapshots.write(aggregate, known.version(), known.state());
        return new Known<>(known.version(), known.state(), known.version());
    }

    private Known<S> load(AggregateId aggregate) {
        if (snapshots != null) {
            LoadedAggregate loaded = snapshots.load(aggregate);
            if (loaded.snapshot().isEmpty()) {
                return load(aggregate, decider.initial(), EventStore.EMPTY, loaded.tail());
            }
            Optional<S> state = snapshots.state(loaded.snapshot().get());
            if (state.isPresent()) {
                return load(aggregate, state.get(), loaded.snapshot().get().version(), loaded.tail());
            }
        }
        return load(aggregate, decider.initial(), EventStore.EMPTY, events.fetch(aggregate, EventStore.EMPTY));
    }

    private Known<S> load(AggregateId aggregate, S from, long snapshotVersion, EventSlice first) {
        S state = Folding.fold(decider, codec, from, first);
        EventRead read = EventRead.of(aggregate);
        EventSlice slice = first;
        while (slice.more()) {
            read = read.next(slice);
            slice = events.read(read);
            state = Folding.fold(decider, codec, state, slice);
        }
        return new Known<>(slice.version(), state, snapshotVersion);
    }

    /**
     * The state of an aggregate as it is in the store. Creates nothing, and leaves nothing in memory.
     *
     * @param id which aggregate
     * @return its state, or nothing when it has no events
     * @throws VarveException when events cannot be read
     */
    public Optional<S> state(String id) {
        Known<S> known = load(new AggregateId(type, id));
        return known.version() == EventStore.EMPTY ? Optional.empty() : Optional.of(known.state());
    }

    /**
     * How many aggregates are in memory.
     *
     * @return those at which commands are, and those that were used lately
     */
    public int inMemory() {
        return hot.size();
    }

    /**
     * Says more about aggregates. Confined to one thread.
     *
     * @param <S> states
     * @param <C> commands
     * @param <E> events
     */
    public static final class Builder<S, C, E> {

        /** After so many events there is a snapshot where nothing else is said. */
        public static final int SNAPSHOT_EVERY = 100;

        /** So often a command is decided again where nothing else is said. */
        public static final int RETRIES = 10;

        /** So many aggregates are in memory at most where nothing else is said. */
        public static final int IN_MEMORY = 10_000;

        /** So long an aggregate that is not used stays in memory where nothing else is said. */
        public static final Duration IDLE = Duration.ofMinutes(15);

        private final EventStore events;
        private final String type;
        private final Decider<S, C, E> decider;
        private final EventCodec<E> codec;
        private int retries = RETRIES;
        private Set<String> projections = Set.of();
        private Duration patience = Duration.ZERO;
        private int inMemory = IN_MEMORY;
        private Duration idle = IDLE;
        private InstantSource clock = InstantSource.system();
        private int snapshotEvery = SNAPSHOT_EVERY;
        private @Nullable StreamCodec<S> snapshotCodec;
        private String snapshotSchema = "";
        private @Nullable Executor executor;

        private Builder(EventStore events, String type, Decider<S, C, E> decider, EventCodec<E> codec) {
            this.events = events;
            this.type = type;
            this.decider = decider;
            this.codec = codec;
        }

        /**
         * Keeps snapshots of states that are records, as {@link StreamCodec#of} writes them. Their schema follows from the components of
         * the record, and of the records in it: when those change, old snapshots are passed over. When it is only the decider that makes
         * another state of the same events, name a schema.
         *
         * @param states the class of the states, a record
         * @return this
         * @throws IllegalArgumentException when it cannot be mapped
         */
        public Builder<S, C, E> snapshots(Class<S> states) {
            return snapshots(RecordCodec.of(states), RecordCodec.fingerprint(states));
        }

        /**
         * Keeps snapshots.
         *
         * @param states writes and reads states
         * @param schema what they are written as, and how they are made of events: snapshots of another schema are passed over
         * @return this
         */
        public Builder<S, C, E> snapshots(StreamCodec<S> states, String schema) {
            snapshotCodec = states;
            snapshotSchema = requireNonNull(schema);
            return this;
        }

        /**
         * How often there is a snapshot.
         *
         * @param other after so many events since the last one, from 1
         * @return this
         */
        public Builder<S, C, E> snapshotEvery(int other) {
            snapshotEvery = atLeast(1, other, "a snapshot is due after");
            return this;
        }

        /**
         * Where snapshots are written.
         *
         * @param other runs what writes them; without it a thread that is there while there is something to write
         * @return this
         */
        public Builder<S, C, E> executor(Executor other) {
            executor = other;
            return this;
        }

        /**
         * How often a command is decided again when others were faster.
         *
         * @param other so often, from 0
         * @return this
         */
        public Builder<S, C, E> retries(int other) {
            retries = atLeast(0, other, "a command is decided again");
            return this;
        }

        /**
         * Has each command wait until projections have seen its events. Commands for the same aggregate do not wait for that, and what the
         * projections do may be commands for it.
         *
         * @param names the names of their checkpoints; a command fails before anything is stored when there is none of a name
         * @param timeout how long to wait at most; then {@link Outcome#reached} is false, and the events are stored all the same
         * @return this
         */
        public Builder<S, C, E> awaiting(Set<String> names, Duration timeout) {
            projections = Set.copyOf(names);
            patience = timeout;
            return this;
        }

        /**
         * How many aggregates stay in memory, and how long.
         *
         * @param max so many at most, from 0; those at which commands are come on top of it
         * @param unused so long when no command comes
         * @return this
         */
        public Builder<S, C, E> inMemory(int max, Duration unused) {
            inMemory = atLeast(0, max, "in memory are");
            idle = unused;
            return this;
        }

        /**
         * Tells how long an aggregate was not used, and when a snapshot was made.
         *
         * @param other the time
         * @return this
         */
        public Builder<S, C, E> clock(InstantSource other) {
            clock = other;
            return this;
        }

        private static int atLeast(int least, int given, String what) {
            if (given < least) {
                throw new IllegalArgumentException(what + " " + least + " or more, was " + given);
            }
            return given;
        }

        private Executor executor() {
            return executor == null ? SnapshotWriter.background() : executor;
        }

        /**
         * The aggregates.
         *
         * @return reads nothing before the first command
         */
        public Aggregates<S, C, E> build() {
            EventTexts.check("the type of an aggregate", type, AggregateId.MAX_TYPE_BYTES);
            return new Aggregates<>(this);
        }
    }
}
