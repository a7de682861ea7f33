package dev.varve.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCodec;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.VarveException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Streams under test with the words that tests of programs use. Thread-safe, as far as the streams are. */
final class StreamsProbe {

    static final String PATH = "program/log";

    /** Whole numbers as JSON. */
    static final StreamCodec<Integer> NUMBERS = new StreamCodec<>() {
        @Override
        public byte[] encode(Integer value) {
            return bytes(value.toString());
        }

        @Override
        public Integer decode(ByteBuffer message) {
            return Integer.valueOf(UTF_8.decode(message).toString());
        }
    };

    private final Streams streams;

    StreamsProbe(Streams streams) {
        this.streams = streams;
    }

    Streams streams() {
        return streams;
    }

    /** An empty stream of JSON at {@link #PATH}. */
    Streams json() {
        streams.create(PATH, StreamConfig.of("application/json"));
        return streams;
    }

    /** An empty stream of text at {@link #PATH}. */
    Streams text() {
        streams.create(PATH, StreamConfig.of("text/plain"));
        return streams;
    }

    /** All messages of the stream of JSON at {@link #PATH}. */
    List<String> messages() {
        List<String> all = new ArrayList<>();
        Offset at = Offset.ZERO;
        while (true) {
            MessagesResult.Messages page = streams.readMessages(PATH, at);
            page.messages()
                    .forEach(message ->
                            all.add(UTF_8.decode(message.data().duplicate()).toString()));
            at = page.next();
            if (!page.hasMore()) {
                return all;
            }
        }
    }

    /** All bytes of the stream at {@link #PATH}, as text. */
    String content() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Offset at = Offset.BEGINNING;
        while (true) {
            ReadResult.Page page = streams.read(PATH, at);
            byte[] data = new byte[page.data().remaining()];
            page.data().duplicate().get(data);
            all.writeBytes(data);
            at = page.next();
            if (!page.hasMore()) {
                return all.toString(UTF_8);
            }
        }
    }

    /** The numbers from {@code from} inclusive to {@code to} exclusive as texts. */
    static List<String> numbers(int from, int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static VarveException failure(ErrorKind kind, ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.kind()).isEqualTo(kind);
        return failure;
    }
}
