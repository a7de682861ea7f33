package dev.varve.api;

import java.io.ByteArrayOutputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * One stream of values: a stream of type {@code application/json} and a codec. Made by {@link Streams#typed}, works wherever the
 * streams are.
 *
 * <pre>{@code
 * TypedStream<Visit> visits = streams.typed("visits", JsonCodec.of(Visit.class));
 * visits.create();
 * visits.append(new Visit("dust", Instant.now()));
 * for (StreamItem<Visit> item : visits.read(ItemPosition.BEGINNING).items()) {
 *     System.out.println(item.value() + ", go on at " + item.next());
 * }
 * }</pre>
 *
 * <p>Items carry the position after them: a program that keeps it with what it did for the item goes on exactly there. Reading from
 * {@link Offset#NOW} begins at the tail. Thread-safe, as far as the codec is.
 *
 * @param <T> the values
 */
public final class TypedStream<T> {

    private static final String CONTENT_TYPE = "application/json";

    private final Streams streams;
    private final String path;
    private final StreamCodec<T> codec;

    TypedStream(Streams streams, String path, StreamCodec<T> codec) {
        this.streams = streams;
        this.path = path;
        this.codec = codec;
    }

    /**
     * Where the stream is.
     *
     * @return its path
     */
    public String path() {
        return path;
    }

    /**
     * Creates the stream, or finds it there.
     *
     * @return created or existing
     * @throws RefusedException {@link ErrorKind#ALREADY_EXISTS} when the path is taken by a stream that is not of JSON, or has a
     *     lifetime of its own
     */
    public CreateResult create() {
        return streams.create(path, StreamConfig.of(CONTENT_TYPE));
    }

    /**
     * Appends a value as one message.
     *
     * @param value the value
     * @return the stream's tail right after it
     * @throws RefusedException when refused; nothing was changed
     * @throws RuntimeException when the codec cannot write the value; nothing was sent
     */
    public Offset append(T value) {
        return append(array(List.of(value)));
    }

    /**
     * Appends values in one atomic step, each as one message.
     *
     * @param values the values, at least one
     * @return the stream's tail right after them
     * @throws IllegalArgumentException when there are none
     * @throws RefusedException when refused; nothing was changed
     * @throws RuntimeException when the codec cannot write a value; nothing was sent
     */
    public Offset appendAll(Collection<? extends T> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to append");
        }
        return append(array(values));
    }

    private Offset append(byte[] array) {
        AppendResult result = streams.append(AppendRequest.of(path, CONTENT_TYPE, array));
        return result instanceof AppendResult.Appended appended
                ? appended.next()
                : ((AppendResult.Duplicate) result).next();
    }

    /** In an array, so that a value that is one itself stays one message. */
    private byte[] array(Collection<? extends T> values) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        char before = '[';
        for (T value : values) {
            array.write(before);
            array.writeBytes(codec.encode(value));
            before = ',';
        }
        array.write(']');
        return array.toByteArray();
    }

    /**
     * Opens a producer of many values.
     *
     * @param options how it gathers and what it promises
     * @return the producer; close it
     * @throws RefusedException as {@link Streams#producer}
     * @throws VarveException as {@link Streams#producer}
     */
    public TypedProducer<T> producer(ProducerOptions options) {
        return new TypedProducer<>(streams.producer(path, options), codec);
    }

    /**
     * Reads one page of what is there.
     *
     * @param from where to start, inclusive
     * @return values, none at the tail
     * @throws RefusedException when there is no such stream, or the position is none of its
     * @throws RuntimeException when the codec cannot read a message
     */
    public ItemPage<T> read(ItemPosition from) {
        return PagedItemReader.page(streams.read(path, from.offset()), from, codec);
    }

    /**
     * Follows the stream: what is there, then what comes, until it is closed.
     *
     * @param from where to start, inclusive
     * @return an iterator that waits; close it
     * @throws RefusedException when there is no such stream, or the position is none of its
     */
    public ItemReader<T> follow(ItemPosition from) {
        return follow(from, FollowOptions.DEFAULT);
    }

    /**
     * Follows the stream.
     *
     * @param from where to start, inclusive
     * @param options how new values are heard of
     * @return an iterator that waits; close it
     * @throws RefusedException when there is no such stream, or the position is none of its
     */
    public ItemReader<T> follow(ItemPosition from, FollowOptions options) {
        return new PagedItemReader<>(streams.follow(path, from.offset(), options), from, codec);
    }

    /**
     * The values for subscribers, as {@link Streams#publisher} says. A message that the codec cannot read ends a subscription with
     * what the codec threw.
     *
     * @param from where each subscriber starts, inclusive
     * @param options how new values are heard of
     * @return a publisher; every subscriber reads for itself
     */
    public Flow.Publisher<StreamItem<T>> publisher(ItemPosition from, FollowOptions options) {
        return items(from, options);
    }

    /**
     * Calls a listener with every value, as {@link Streams#subscribe} says. A message that the codec cannot read ends the
     * subscription with what the codec threw.
     *
     * @param from where to start, inclusive
     * @param options how new values are heard of
     * @param listener called with one value after the other
     * @param ended called once, unless the subscription is closed before: with nothing at the end of the stream, else with why
     * @return closes the subscription
     * @throws RefusedException when there is no such stream, or the position is none of its
     */
    public Subscription subscribe(
            ItemPosition from,
            FollowOptions options,
            Consumer<? super StreamItem<T>> listener,
            Consumer<Optional<RuntimeException>> ended) {
        return items(from, options).subscribe(listener, ended);
    }

    private FollowPublisher<StreamItem<T>> items(ItemPosition from, FollowOptions options) {
        return new FollowPublisher<>(path, () -> source(follow(from, options)));
    }

    private static <T> FollowPublisher.Source<StreamItem<T>> source(ItemReader<T> reader) {
        return new FollowPublisher.Source<>() {
            @Override
            public Optional<StreamItem<T>> next() {
                return reader.hasNext() ? Optional.of(reader.next()) : Optional.empty();
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }
}
