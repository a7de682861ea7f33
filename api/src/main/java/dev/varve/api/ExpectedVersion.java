package dev.varve.api;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an append wants the version of an aggregate to be. Immutable.
 *
 * <pre>{@code
 * EventStore events = store.events();
 * AggregateId order = new AggregateId("order", "1");
 * long version = events.append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{}")).version(order);
 * events.append(order, ExpectedVersion.exactly(version), NewEvent.json("OrderPaid", "{}"));
 * }</pre>
 *
 * <p>Versions start at 0; {@link EventStore#EMPTY}, -1, is that of an aggregate that is not {@link AggregateStatus#LIVE}: never written, or
 * deleted. One that is keeps its version also when its settings left nothing to read. Nothing is ever written to an aggregate that was
 * tombstoned, whatever is expected.
 */
public sealed interface ExpectedVersion {

    /** No check. */
    record Any() implements ExpectedVersion {}

    /** No event can be read: never written, removed, or soft-deleted; where nothing is written also tombstoned. */
    record NoStream() implements ExpectedVersion {}

    /** There is at least one event. */
    record Exists() implements ExpectedVersion {}

    /** It is soft-deleted now. */
    record SoftDeleted() implements ExpectedVersion {}

    /**
     * The last event has this version.
     *
     * @param version from 0
     */
    record Exactly(long version) implements ExpectedVersion {
        /**
         * Checks the version.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} below 0
         */
        public Exactly {
            if (version < 0) {
                throw EventTexts.invalid("an exact version is 0 or more, was " + version);
            }
        }
    }

    /**
     * The version compares so with a number. Without events that can be read it is {@link EventStore#EMPTY}.
     *
     * @param comparison how
     * @param version with what, from -1
     */
    record Compared(Comparison comparison, long version) implements ExpectedVersion {}

    /**
     * The version is one of several.
     *
     * @param versions from -1, at least one
     */
    record OneOf(Set<Long> versions) implements ExpectedVersion {
        /**
         * Copies them.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when there is none, or more than {@link #MAX_PARTS}
         */
        public OneOf {
            versions = Collections.unmodifiableSet(new TreeSet<>(versions));
            checkParts(versions.size());
        }
    }

    /**
     * All of them hold.
     *
     * @param parts at least one
     */
    record AllOf(List<ExpectedVersion> parts) implements ExpectedVersion {
        /**
         * Copies them.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when there is none, or more than {@link #MAX_PARTS}
         */
        public AllOf {
            parts = List.copyOf(parts);
            checkParts(parts.size());
        }
    }

    /**
     * At least one of them holds.
     *
     * @param parts at least one
     */
    record AnyOf(List<ExpectedVersion> parts) implements ExpectedVersion {
        /**
         * Copies them.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when there is none, or more than {@link #MAX_PARTS}
         */
        public AnyOf {
            parts = List.copyOf(parts);
            checkParts(parts.size());
        }
    }

    /**
     * It does not hold.
     *
     * @param part what
     */
    record Not(ExpectedVersion part) implements ExpectedVersion {}

    /** How versions compare. */
    enum Comparison {
        /** Not equal. */
        NE,
        /** Lower. */
        LT,
        /** Lower or equal. */
        LTE,
        /** Greater. */
        GT,
        /** Greater or equal. */
        GTE;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /**
         * The name on the wire.
         *
         * @return lower case letters
         */
        public String wireName() {
            return wireName;
        }
    }

    /** The most parts of one combination, inclusive. */
    int MAX_PARTS = 100;

    private static void checkParts(int parts) {
        if (parts < 1 || parts > MAX_PARTS) {
            throw EventTexts.invalid("an expected version combines 1 to " + MAX_PARTS + " parts, this one " + parts);
        }
    }

    /**
     * No check.
     *
     * @return holds always
     */
    static ExpectedVersion any() {
        return new Any();
    }

    /**
     * For what is to be new.
     *
     * @return holds without any event that can be read
     */
    static ExpectedVersion noStream() {
        return new NoStream();
    }

    /**
     * For what is to be there.
     *
     * @return holds with at least one event
     */
    static ExpectedVersion exists() {
        return new Exists();
    }

    /**
     * For what is to be brought back.
     *
     * @return holds while it is soft-deleted
     */
    static ExpectedVersion softDeleted() {
        return new SoftDeleted();
    }

    /**
     * For what has not changed since it was read.
     *
     * @param version that of the last event; {@link EventStore#EMPTY} means {@link #noStream}
     * @return holds when the last event has this version
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} below -1
     */
    static ExpectedVersion exactly(long version) {
        return version == EventStore.EMPTY ? new NoStream() : new Exactly(version);
    }

    /**
     * Reads a text form: {@code any}, {@code noStream}, {@code no_stream}, {@code exists}, {@code softDeleted}, {@code
     * soft_deleted}, {@code :any}, {@code :no_stream}, {@code empty}, {@code :empty}, or a number from -1 on.
     *
     * @param text the text
     * @return what it says
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when it says nothing of this
     */
    static ExpectedVersion parse(String text) {
        return switch (text) {
            case "any", ":any" -> new Any();
            case "noStream", "no_stream", ":no_stream", "empty", ":empty" -> new NoStream();
            case "exists" -> new Exists();
            case "softDeleted", "soft_deleted" -> new SoftDeleted();
            default -> {
                try {
                    yield exactly(Long.parseLong(text));
                } catch (NumberFormatException e) {
                    throw EventTexts.invalid(
                            "an expected version is any, noStream, exists, softDeleted or a number from -1 on, was "
                                    + text);
                }
            }
        };
    }

    /**
     * Whether this holds.
     *
     * @param status what became of the aggregate
     * @param version that of its last event; matters only while it is {@link AggregateStatus#LIVE}
     * @return true when it does; for an aggregate that is written and {@linkplain AggregateStatus#TOMBSTONED tombstoned} the
     *     append is refused whatever this says
     */
    default boolean holds(AggregateStatus status, long version) {
        boolean live = status == AggregateStatus.LIVE;
        long seen = live ? version : EventStore.EMPTY;
        // No pattern switch: this is for Java 17.
        if (this instanceof NoStream) {
            return !live;
        }
        if (this instanceof Exists) {
            return live;
        }
        if (this instanceof SoftDeleted) {
            return status == AggregateStatus.SOFT_DELETED;
        }
        if (this instanceof Exactly exactly) {
            return live && version == exactly.version();
        }
        if (this instanceof Compared compared) {
            return switch (compared.comparison()) {
                case NE -> seen != compared.version();
                case LT -> seen < compared.version();
                case LTE -> seen <= compared.version();
                case GT -> seen > compared.version();
                case GTE -> seen >= compared.version();
            };
        }
        if (this instanceof OneOf oneOf) {
            return oneOf.versions().contains(seen);
        }
        if (this instanceof AllOf allOf) {
            return allOf.parts().stream().allMatch(part -> part.holds(status, version));
        }
        if (this instanceof AnyOf anyOf) {
            return anyOf.parts().stream().anyMatch(part -> part.holds(status, version));
        }
        if (this instanceof Not not) {
            return !not.part().holds(status, version);
        }
        return true;
    }
}
