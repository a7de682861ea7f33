package dev.varve.api;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Commands whose boundary of consistency is not one aggregate, but whatever events a query means that is drawn for the command: all of
 * them are read, the command is decided in the state that they make, and what it decides is appended if no other such event was
 * appended meanwhile.
 *
 * <pre>{@code
 * record Enrol(String student, String course) {}
 * record Enrolled(String student, String course) {}
 *
 * Decider<Set<String>, Enrol, Enrolled> seats = Decider.of(
 *         Set.of(),
 *         (command, students) -> {
 *             if (students.size() == 2) {
 *                 throw new IllegalStateException("full");
 *             }
 *             return List.of(new Enrolled(command.student(), command.course()));
 *         },
 *         (students, event) -> {
 *             Set<String> more = new HashSet<>(students);
 *             more.add(event.student());
 *             return more;
 *         });
 * EventCodec<Enrolled> codec = EventCodec.builder(Enrolled.class)
 *         .tags(event -> List.of("course:" + event.course(), "student:" + event.student()))
 *         .build();
 * Decisions<Set<String>, Enrol, Enrolled> enrolment = Decisions.of(
 *         store.events(), seats, codec, command -> EventQuery.of(
 *                 EventQuery.Item.types("Enrolled").tagged("course:" + command.course())));
 * System.out.println(enrolment.execute(new Enrol("ann", "chess")).state());
 * }</pre>
 *
 * <p>The events must carry the tags that the query asks for, else they do not guard the next command: {@link EventCodec.Builder#tags}. The codec
 * must know all types that the query means. The events are of no aggregate. Nothing is kept in memory, and there are no snapshots, so draw
 * boundaries narrow. When others were faster, only what they appended is read, and the command decided again; an append of which nobody knows
 * the outcome is made again with the same event ids, as by {@link Aggregates}. Immutable; thread-safe.
 *
 * @param <S> states
 * @param <C> commands
 * @param <E> events
 */
public final class Decisions<S, C, E> {

    private final EventStore events;
    private final Decider<S, C, E> decider;
    private final EventCodec<E> codec;
    private final Function<? super C, EventQuery> boundary;
    private final int retries;

    private Decisions(
            EventStore events,
            Decider<S, C, E> decider,
            EventCodec<E> codec,
            Function<? super C, EventQuery> boundary,
            int retries) {
        this.events = events;
        this.decider = decider;
        this.codec = codec;
        this.boundary = boundary;
        this.retries = retries;
    }

    /**
     * Decisions over events of a store.
     *
     * @param <S> states
     * @param <C> commands
     * @param <E> events
     * @param events where the events are
     * @param decider what commands and events mean
     * @param codec writes and reads events
     * @param boundary which events a command depends on
     * @return the decisions; a command is decided again up to {@link Aggregates.Builder#RETRIES} times
     */
    public static <S, C, E> Decisions<S, C, E> of(
            EventStore events,
            Decider<S, C, E> decider,
            EventCodec<E> codec,
            Function<? super C, EventQuery> boundary) {
        return new Decisions<>(events, decider, codec, boundary, Aggregates.Builder.RETRIES);
    }

    /**
     * The same with another bound of retries.
     *
     * @param other so often a command is decided again when others were faster, from 0
     * @return the decisions
     */
    public Decisions<S, C, E> withRetries(int other) {
        if (other < 0) {
            throw new IllegalArgumentException("a command is decided again 0 times or more, was " + other);
        }
        return new Decisions<>(events, decider, codec, boundary, other);
    }

    /** The state that events up to a position make. */
    private record Seen<S>(S state, long head) {}

    /**
     * Does a command.
     *
     * @param command what is to be done
     * @return what came of it; durable
     * @throws EventsRefusedException when others were faster each time; nothing was stored
     * @throws VarveException when events cannot be read, or as {@link EventStore#tryAppend} says
     * @throws RuntimeException what the decider refuses the command with; nothing was stored
     */
    public Outcome<S, E> execute(C command) {
        return execute(command, Map.of());
    }

    /**
     * Does a command, and notes something with its events.
     *
     * @param command what is to be done
     * @param metadata added to the metadata of each event, for example under {@link NewEvent#CORRELATION_ID}
     * @return what came of it; durable
     * @throws RuntimeException as {@link #execute(Object)} says
     */
    public Outcome<S, E> execute(C command, Map<String, String> metadata) {
        EventQuery query = boundary.apply(command);
        Seen<S> seen = read(query, new Seen<>(decider.initial(), EventStore.EMPTY));
        for (int attempt = 0; ; attempt++) {
            List<E> decided = decider.decide(command, seen.state());
            if (decided.isEmpty()) {
                return new Outcome<>(decided, seen.state(), EventStore.EMPTY, EventStore.EMPTY, true);
            }
            EventAppend.Builder append = EventAppend.builder().condition(new AppendCondition(query, seen.head()));
            decided.forEach(event -> append.event(Folding.encode(codec, event, metadata)));
            EventAppendResult result = CertainAppend.append(events, append.build());
            if (result instanceof EventAppendResult.Appended appended) {
                S state = Folding.fold(decider, seen.state(), decided);
                return new Outcome<>(decided, state, EventStore.EMPTY, appended.lastPosition(), true);
            }
            EventAppendResult.Refused refused = (EventAppendResult.Refused) result;
            if (refused.reason() != EventAppendResult.Reason.CONDITION_FAILED || attempt >= retries) {
                throw new EventsRefusedException(refused);
            }
            seen = read(query, seen);
        }
    }

    /**
     * The state in which a command would be decided now.
     *
     * @param command what would be done
     * @return the state that the events make on which it depends
     * @throws VarveException when events cannot be read
     */
    public S state(C command) {
        return read(boundary.apply(command), new Seen<>(decider.initial(), EventStore.EMPTY))
                .state();
    }

    private Seen<S> read(EventQuery query, Seen<S> seen) {
        EventRead read = EventRead.all().matching(query).after(seen.head());
        EventSlice slice = events.read(read);
        // What comes while the slices are read is not seen, and guarded against all the same.
        long head = slice.head();
        read = read.upTo(head);
        S state = Folding.fold(decider, codec, seen.state(), slice);
        while (slice.more()) {
            read = read.next(slice);
            slice = events.read(read);
            state = Folding.fold(decider, codec, state, slice);
        }
        return new Seen<>(state, head);
    }
}
