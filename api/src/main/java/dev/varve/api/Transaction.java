package dev.varve.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one store over all its faces, entries, events and streams, that are made together or not at all, and what must hold for
 * that. {@link Store#transaction} is what programs use. Immutable, as long as the bodies of its streams' appends are left alone.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "4711");
 * Transaction placed = Transaction.builder()
 *         .check(order, ExpectedVersion.noStream())
 *         .event(order, NewEvent.json("OrderPlaced", "{\"total\": 12}"))
 *         .entry(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("orders", "open"), EntryValue.of(1)))
 *         .key("order-4711")
 *         .build();
 * System.out.println(placed.parts().size() + " parts");
 * }</pre>
 *
 * <ul>
 *   <li><b>Order.</b> Parts of one face see the effects of those before them, as the writes of that face do: changes of entries one after
 *       the other, appends to streams too. Checks of versions, the condition and the tracking are made against what stood there before the
 *       transaction. What one face's parts do, another face's parts do not see.
 *   <li><b>Checks alone.</b> A part may check without anything being written to its face: {@link EntryOp.Kind#CHECK}, a {@link Check}
 *       of an aggregate to which nothing is appended, a {@link Condition} or a {@link Tracking} without events.
 * </ul>
 *
 * @param parts 1 to {@link #MAX_PARTS}
 * @param deviceId who writes, for changes of entries
 * @param key names this transaction, so that one that comes again is not made again; null for none. The last {@link #REMEMBERED_KEYS}
 *     of a store are remembered with what became of them. Also the writer's name of the changes of entries
 * @param createStore whether a store that does not exist is created, unless the transaction is refused
 */
public record Transaction(
        List<Part> parts, String deviceId, @Nullable String key, boolean createStore) {

    /** The most parts of one transaction, inclusive. */
    public static final int MAX_PARTS = 1_000;

    /** How long all data of one transaction may be together, in bytes, inclusive: values of entries, data of events, bodies of appends. */
    public static final int MAX_BYTES = 16 << 20;

    /** The longest key in bytes of UTF-8, inclusive. */
    public static final int MAX_KEY_BYTES = 256;

    /** So many of the last transactions with a key are remembered for each store at least. */
    public static final int REMEMBERED_KEYS = 10_000;

    /** One step of a transaction. */
    public sealed interface Part {}

    /**
     * A change of an entry, or a check of one.
     *
     * @param op the change
     */
    public record Entry(EntryOp op) implements Part {}

    /**
     * An event to append.
     *
     * @param aggregate which aggregate it belongs to; null when to none
     * @param event the event
     */
    public record Event(@Nullable AggregateId aggregate, NewEvent event) implements Part {

        /**
         * Checks the event.
         *
         * @throws VarveException as {@link EventAppend.Addressed}
         */
        public Event {
            EventAppend.Addressed.check(event);
        }
    }

    /**
     * What the version of an aggregate must be, whether events are appended to it or not.
     *
     * @param aggregate which
     * @param expected what
     */
    public record Check(AggregateId aggregate, ExpectedVersion expected) implements Part {}

    /**
     * What must not have happened. At most one in a transaction.
     *
     * @param condition what
     */
    public record Condition(AppendCondition condition) implements Part {}

    /**
     * How far a reader of another log has come, kept with what it makes of it: so that is made exactly once. At most one in a transaction.
     *
     * @param tracking the reader and its position
     */
    public record Tracking(EventAppend.Tracking tracking) implements Part {}

    /**
     * An append to a stream of the store: its path begins with the full name of the store and a slash. The stream must exist.
     *
     * @param request what to append
     */
    public record Append(AppendRequest request) implements Part {}

    /**
     * Checks what can be checked without a store, and copies the list.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} without a part, with a second condition or tracking, when an event id comes
     *     twice, when {@link ExpectedVersion.Any} is expected of an aggregate to which nothing is appended, for a key that is empty, holds
     *     control characters or is longer than {@link #MAX_KEY_BYTES}; {@link ErrorKind#TOO_LARGE} beyond {@link #MAX_PARTS} or {@link
     *     #MAX_BYTES}
     */
    public Transaction {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw EventTexts.invalid("a transaction needs a part");
        }
        if (parts.size() > MAX_PARTS) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE, "a transaction has at most " + MAX_PARTS + " parts, this one " + parts.size());
        }
        if (key != null) {
            EventTexts.check("the key of a transaction", key, MAX_KEY_BYTES);
        }
        TransactionChecks.check(parts);
    }

    /**
     * Puts a transaction together part by part.
     *
     * @return an empty builder of a transaction without key, by the device {@code java}, that creates its store
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Puts a transaction together. Confined to one thread. */
    public static final class Builder {

        private final List<Part> parts = new ArrayList<>();
        private String deviceId = "java";
        private @Nullable String key;
        private boolean createStore = true;

        private Builder() {}

        /**
         * One more part.
         *
         * @param part the part
         * @return this
         */
        public Builder part(Part part) {
            parts.add(part);
            return this;
        }

        /**
         * One more change of an entry, or a check of one.
         *
         * @param op the change
         * @return this
         */
        public Builder entry(EntryOp op) {
            return part(new Entry(op));
        }

        /**
         * One more event.
         *
         * @param aggregate which aggregate it belongs to
         * @param event the event
         * @return this
         */
        public Builder event(AggregateId aggregate, NewEvent event) {
            return part(new Event(aggregate, event));
        }

        /**
         * One more event, of no aggregate.
         *
         * @param event the event
         * @return this
         */
        public Builder event(NewEvent event) {
            return part(new Event(null, event));
        }

        /**
         * One more check of an aggregate.
         *
         * @param aggregate of which aggregate, written by this transaction or not
         * @param expected what its version must be
         * @return this
         */
        public Builder check(AggregateId aggregate, ExpectedVersion expected) {
            return part(new Check(aggregate, expected));
        }

        /**
         * The condition.
         *
         * @param condition what must not have happened
         * @return this
         */
        public Builder condition(AppendCondition condition) {
            return part(new Condition(condition));
        }

        /**
         * Where in another log this comes from.
         *
         * @param source names the reader of the other log
         * @param position how far it has come
         * @return this
         * @throws VarveException as {@link EventAppend.Tracking} says
         */
        public Builder tracking(String source, long position) {
            return part(new Tracking(new EventAppend.Tracking(source, position)));
        }

        /**
         * One more append to a stream.
         *
         * @param request what to append
         * @return this
         */
        public Builder append(AppendRequest request) {
            return part(new Append(request));
        }

        /**
         * Who writes.
         *
         * @param device for changes of entries
         * @return this
         */
        public Builder deviceId(String device) {
            deviceId = device;
            return this;
        }

        /**
         * What the transaction is recognised by when it comes again.
         *
         * @param name its key
         * @return this
         */
        public Builder key(String name) {
            key = name;
            return this;
        }

        /**
         * Whether a store that does not exist is created.
         *
         * @param create whether
         * @return this
         */
        public Builder createStore(boolean create) {
            createStore = create;
            return this;
        }

        /**
         * The transaction.
         *
         * @return what was put together so far
         * @throws VarveException as {@link Transaction} says
         */
        public Transaction build() {
            return new Transaction(parts, deviceId, key, createStore);
        }
    }
}
