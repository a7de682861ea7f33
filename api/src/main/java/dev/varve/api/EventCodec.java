package dev.varve.api;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns events of a program into events of a store and back.
 *
 * <pre>{@code
 * sealed interface CartEvent {
 *     record ItemAdded(String item, int quantity) implements CartEvent {}
 *
 *     record CartClosed() implements CartEvent {}
 * }
 *
 * EventCodec<CartEvent> codec = EventCodec.builder(CartEvent.class)
 *         .upcast("ItemPut", 1, old -> List.of(old.as("ItemAdded", 1).with("quantity", EntryValue.of(1))))
 *         .upcast("CartLookedAt", 1, old -> List.of())
 *         .build();
 * AggregateId cart = new AggregateId("cart", "1");
 * store.events().append(cart, ExpectedVersion.any(), NewEvent.json("ItemPut", "{\"item\": \"book\"}"));
 * store.events().append(cart, ExpectedVersion.any(), codec.encode(new CartEvent.CartClosed()));
 * store.events().stream(EventRead.of(cart)).forEach(event -> System.out.println(codec.decode(event)));
 * }</pre>
 *
 * <p>The codecs that are made here store each class of events under its simple name, or what {@link EventType} or {@link Builder#type}
 * says, and the version of its form, when that is not 1, as {@link NewEvent#SCHEMA_VERSION}. Implementations are thread-safe.
 *
 * @param <E> the events
 */
public interface EventCodec<E> {

    /** An event that was stored becomes others at most so often, inclusive: where it goes round in a circle it ends with an error. */
    int MAX_UPCASTS = 100;

    /**
     * Writes an event.
     *
     * @param event the event
     * @return the same with a new id
     * @throws RuntimeException when it cannot be written; whoever appends gets it, and nothing was stored
     */
    NewEvent encode(E event);

    /**
     * Reads an event.
     *
     * @param event as it stands in the log
     * @return what it is today: mostly one event, none when it means nothing any more, several when it was split up since
     * @throws RuntimeException when it cannot be read; of the codecs that are made here a {@link VarveException} of kind {@link
     *     ErrorKind#INVALID_RECORD} that names the position and the type
     */
    List<E> decode(StoredEvent event);

    /**
     * A codec for a record, or for a sealed interface whose cases are records, written as JSON by {@link StreamCodec#of}.
     *
     * @param <E> the events
     * @param type their type
     * @return the codec
     * @throws IllegalArgumentException as {@link Builder#build} says
     */
    static <E> EventCodec<E> of(Class<E> type) {
        return builder(type).build();
    }

    /**
     * A codec that says more about its events.
     *
     * @param <E> the events
     * @param type their type: a sealed interface or class, or the only class of them
     * @return a builder
     */
    static <E> Builder<E> builder(Class<E> type) {
        return new Builder<>(type);
    }

    /** Makes codecs for the data of classes, as {@code JsonCodec::of} of {@code varve-client} does with Jackson. */
    @FunctionalInterface
    interface Payloads {

        /**
         * A codec for the data of a class.
         *
         * @param <T> the class
         * @param type the class
         * @return the codec, thread-safe
         * @throws IllegalArgumentException when it cannot be written or read
         */
        <T> StreamCodec<T> of(Class<T> type);
    }

    /**
     * Puts a codec together. Confined to one thread.
     *
     * @param <E> the events
     */
    final class Builder<E> {

        private final Class<E> type;
        private final Map<Class<?>, RawType> named = new HashMap<>();
        private final Map<RawType, Function<RawEvent, List<RawEvent>>> upcasts = new HashMap<>();
        private Payloads payloads = RecordCodec::of;
        private Function<? super E, ? extends Collection<String>> tags = event -> List.of();

        private Builder(Class<E> type) {
            this.type = type;
        }

        /**
         * Stores events of a class under another type than its simple name.
         *
         * @param events one of the classes
         * @param name the type in the store
         * @return this
         */
        public Builder<E> type(Class<? extends E> events, String name) {
            return type(events, name, 1);
        }

        /**
         * Stores events of a class under a type and with a version of its form.
         *
         * @param events one of the classes
         * @param name the type in the store
         * @param version the version of the form of the data, from 1
         * @return this
         */
        public Builder<E> type(Class<? extends E> events, String name, int version) {
            named.put(events, new RawType(name, version));
            return this;
        }

        /**
         * Writes and reads data otherwise than {@link StreamCodec#of} does.
         *
         * @param other makes the codecs of the classes
         * @return this
         */
        public Builder<E> payloads(Payloads other) {
            payloads = other;
            return this;
        }

        /**
         * Gives events tags, by which conditions and queries find them.
         *
         * @param other the tags of an event
         * @return this
         */
        public Builder<E> tags(Function<? super E, ? extends Collection<String>> other) {
            tags = other;
            return this;
        }

        /**
         * Brings stored events of a type and version that no class has any more nearer to one that a class has. What comes of it may be brought
         * further by other such steps, up to {@link EventCodec#MAX_UPCASTS} for one stored event. Nothing in the store is changed.
         *
         * @param oldType their type
         * @param oldVersion the version of their form; 1 when they do not say
         * @param step gives one event or several in their place, or none
         * @return this
         */
        public Builder<E> upcast(String oldType, int oldVersion, Function<RawEvent, List<RawEvent>> step) {
            upcasts.put(new RawType(oldType, oldVersion), step);
            return this;
        }

        /**
         * The codec.
         *
         * @return the codec, thread-safe as far as what it was given is
         * @throws IllegalArgumentException when the classes of the events are not known, as the type is neither sealed nor a class of events, two
         *     are stored under one type, or one cannot be mapped; the message says which and what to do
         */
        public EventCodec<E> build() {
            return new ClassEventCodec<>(type, named, upcasts, payloads, tags);
        }
    }
}
