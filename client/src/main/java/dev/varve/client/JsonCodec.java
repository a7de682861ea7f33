package dev.varve.client;

import dev.varve.api.EventCodec;
import dev.varve.api.StreamCodec;
import java.nio.ByteBuffer;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values of a {@link dev.varve.api.TypedStream}, and data of events, as JSON, by Jackson. What cannot be written or read throws Jackson's
 * {@code JacksonException}. Thread-safe.
 *
 * <pre>{@code
 * record Visit(String page, Instant at) {}
 *
 * TypedStream<Visit> visits = varve.streams().typed("visits", JsonCodec.of(Visit.class));
 * visits.create();
 * visits.append(new Visit("dust", Instant.now()));
 * }</pre>
 *
 * @param <T> the values
 */
public final class JsonCodec<T> implements StreamCodec<T> {

    private final ObjectWriter writer;
    private final ObjectReader reader;

    private JsonCodec(JsonMapper mapper, JavaType type) {
        this.writer = mapper.writerFor(type);
        this.reader = mapper.readerFor(type);
    }

    /**
     * A codec with Jackson's defaults.
     *
     * @param <T> the values
     * @param type a record, or another class that Jackson reads and writes
     * @return the codec
     */
    public static <T> JsonCodec<T> of(Class<T> type) {
        return of(JsonMapper.shared(), type);
    }

    /**
     * A codec with a mapper of the caller's.
     *
     * @param <T> the values
     * @param mapper reads and writes
     * @param type a record, or another class that the mapper reads and writes
     * @return the codec
     */
    public static <T> JsonCodec<T> of(JsonMapper mapper, Class<T> type) {
        return new JsonCodec<>(mapper, mapper.constructType(type));
    }

    /**
     * Codecs for the data of events with a mapper of the caller's. With Jackson's defaults {@code JsonCodec::of} is that.
     *
     * @param mapper reads and writes
     * @return the codecs, for {@link EventCodec.Builder#payloads}
     */
    public static EventCodec.Payloads payloads(JsonMapper mapper) {
        return new EventCodec.Payloads() {
            @Override
            public <E> StreamCodec<E> of(Class<E> type) {
                return JsonCodec.of(mapper, type);
            }
        };
    }

    @Override
    public byte[] encode(T value) {
        return writer.writeValueAsBytes(value);
    }

    @Override
    public T decode(ByteBuffer message) {
        byte[] json = new byte[message.remaining()];
        message.get(json);
        return reader.readValue(json);
    }
}
