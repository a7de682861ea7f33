package dev.varve.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Events that are to be appended together or not at all, and what must hold for that. All checks are made against what stood there
 * before the append. Immutable.
 *
 * <pre>{@code
 * AggregateId from = new AggregateId("account", "a");
 * AggregateId to = new AggregateId("account", "b");
 * EventAppend transfer = EventAppend.builder()
 *         .event(from, NewEvent.json("MoneySent", "{\"amount\": 5}"))
 *         .event(to, NewEvent.json("MoneyReceived", "{\"amount\": 5}"))
 *         .check(from, ExpectedVersion.any())
 *         .check(new AggregateId("day", "2026-11-21"), ExpectedVersion.noStream())
 *         .build();
 * System.out.println(store.events().append(transfer).firstPosition());
 * }</pre>
 *
 * @param checks what the versions of aggregates must be: of ones that are written and of others; an aggregate without a
 *     check is written whatever its version
 * @param events in the order in which they go into the log
 * @param condition what must not have happened, or null
 * @param tracking where in another log these events come from, or null
 */
public record EventAppend(
        List<Check> checks,
        List<Addressed> events,
        @Nullable AppendCondition condition,
        @Nullable Tracking tracking) {

    /** The most events of one append, and the most checks, inclusive. */
    public static final int MAX_EVENTS = 10_000;

    /** How long all data of one append may be together, in bytes, inclusive. */
    public static final int MAX_BYTES = 16 << 20;

    /**
     * What the version of an aggregate must be.
     *
     * @param aggregate which
     * @param expected what
     */
    public record Check(AggregateId aggregate, ExpectedVersion expected) {}

    /**
     * An event and where it belongs.
     *
     * @param aggregate which aggregate it belongs to; null when to none, and it is only found by its type and its tags
     * @param event the event
     */
    public record Addressed(@Nullable AggregateId aggregate, NewEvent event) {

        /**
         * Checks the data.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when it is the {@code null} of JSON, which only a redaction leaves
         */
        public Addressed {
            check(event);
        }

        static void check(NewEvent event) {
            if (event.data().isNull()) {
                throw EventTexts.invalid("the data of an event must not be null");
            }
        }
    }

    /**
     * How far a reader of another log has come, kept with the events it makes of it: so each of them is made exactly once.
     *
     * @param source names the reader: 1 to {@link #MAX_SOURCE_BYTES} bytes of UTF-8
     * @param position how far, from 0; the append is refused unless this is greater than the last one of the source
     */
    public record Tracking(String source, long position) {

        /** The longest name of a source in bytes of UTF-8, inclusive. */
        public static final int MAX_SOURCE_BYTES = 256;

        /**
         * Checks both.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for an empty or too long name, or a position below 0
         */
        public Tracking {
            EventTexts.check("the source of a tracking", source, MAX_SOURCE_BYTES);
            if (position < 0) {
                throw EventTexts.invalid("the position of a tracking is 0 or more, was " + position);
            }
        }
    }

    /**
     * Checks what can be checked without a store, and copies the lists.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when an event id comes twice, when {@link ExpectedVersion.Any}
     *     is expected of an aggregate that is not written, when a condition or a tracking comes without events, or when
     *     nothing is asked for at all; {@link ErrorKind#TOO_LARGE} beyond {@link #MAX_EVENTS} or {@link #MAX_BYTES}
     */
    public EventAppend {
        checks = List.copyOf(checks);
        events = List.copyOf(events);
        if (events.size() > MAX_EVENTS || checks.size() > MAX_EVENTS) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE,
                    "an append has at most " + MAX_EVENTS + " events and as many checks, this one " + events.size()
                            + " and " + checks.size());
        }
        if (events.isEmpty() && checks.isEmpty()) {
            throw EventTexts.invalid("an append needs an event or a check");
        }
        if (events.isEmpty() && (condition != null || tracking != null)) {
            throw EventTexts.invalid("an append with a condition or a tracking needs an event");
        }
        Set<AggregateId> written = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        long bytes = 0;
        for (Addressed addressed : events) {
            if (!ids.add(addressed.event().id())) {
                throw EventTexts.invalid("the event id " + addressed.event().id() + " comes twice in one append");
            }
            if (addressed.aggregate() != null) {
                written.add(addressed.aggregate());
            }
            bytes += addressed.event().data().size();
        }
        if (bytes > MAX_BYTES) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE, "the data of an append has " + bytes + " bytes, at most " + MAX_BYTES);
        }
        boolean writesNothingToOne = events.isEmpty() && checks.size() == 1;
        for (Check check : checks) {
            if (check.expected() instanceof ExpectedVersion.Any
                    && !written.contains(check.aggregate())
                    && !writesNothingToOne) {
                throw EventTexts.invalid("any version is expected of " + check.aggregate()
                        + ", to which nothing is written: that checks nothing");
            }
        }
    }

    /**
     * Events of one aggregate.
     *
     * @param aggregate which
     * @param expected what its version must be
     * @param events in order; without any only the version is checked, and told
     * @return the append
     * @throws VarveException as the constructor says
     */
    public static EventAppend to(AggregateId aggregate, ExpectedVersion expected, List<NewEvent> events) {
        List<Addressed> addressed =
                events.stream().map(event -> new Addressed(aggregate, event)).toList();
        return new EventAppend(List.of(new Check(aggregate, expected)), addressed, null, null);
    }

    /**
     * Events of no aggregate, under a condition.
     *
     * @param condition what must not have happened
     * @param events in order
     * @return the append
     * @throws VarveException as the constructor says
     */
    public static EventAppend when(AppendCondition condition, NewEvent... events) {
        Builder builder = builder().condition(condition);
        for (NewEvent event : events) {
            builder.event(event);
        }
        return builder.build();
    }

    /**
     * For appends to several aggregates.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Puts an append together. Confined to one thread. */
    public static final class Builder {

        private final List<Check> checks = new ArrayList<>();
        private final List<Addressed> events = new ArrayList<>();
        private @Nullable AppendCondition condition;
        private @Nullable Tracking tracking;

        private Builder() {}

        /**
         * One more check.
         *
         * @param aggregate of which aggregate, written by this append or not
         * @param expected what its version must be
         * @return this
         */
        public Builder check(AggregateId aggregate, ExpectedVersion expected) {
            checks.add(new Check(aggregate, expected));
            return this;
        }

        /**
         * One more event.
         *
         * @param aggregate which aggregate it belongs to
         * @param event the event
         * @return this
         */
        public Builder event(AggregateId aggregate, NewEvent event) {
            events.add(new Addressed(aggregate, event));
            return this;
        }

        /**
         * One more event, of no aggregate.
         *
         * @param event the event
         * @return this
         */
        public Builder event(NewEvent event) {
            events.add(new Addressed(null, event));
            return this;
        }

        /**
         * The condition of the append.
         *
         * @param other what must not have happened
         * @return this
         */
        public Builder condition(AppendCondition other) {
            condition = other;
            return this;
        }

        /**
         * Where in another log the events come from.
         *
         * @param source names the reader of the other log
         * @param position how far it has come
         * @return this
         * @throws VarveException as {@link Tracking} says
         */
        public Builder tracking(String source, long position) {
            tracking = new Tracking(source, position);
            return this;
        }

        /**
         * The append.
         *
         * @return what was put together so far
         * @throws VarveException as {@link EventAppend} says
         */
        public EventAppend build() {
            return new EventAppend(checks, events, condition, tracking);
        }
    }
}
