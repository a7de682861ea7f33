package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.Value;

/** MessagePack, beside another implementation of it. */
final class MessagePackTest {

    private static EntryValue read(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        EntryValue value = new MessagePack.Reader(in).value();
        assertThat(in.isReadable()).isFalse();
        return value;
    }

    private static EntryValue read(String hex) {
        return read(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static byte[] write(EntryValue value) {
        ByteBuf out = Unpooled.buffer();
        MessagePack.write(out, value);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                127,
                128,
                255,
                256,
                65_535,
                65_536,
                4_294_967_295L,
                4_294_967_296L,
                Long.MAX_VALUE,
                -1,
                -32,
                -33,
                -128,
                -129,
                -32_768,
                -32_769,
                -2_147_483_648L,
                -2_147_483_649L,
                Long.MIN_VALUE
            })
    void whole_numbers_are_as_short_as_they_can_be(long number) throws IOException {
        try (MessageBufferPacker packer = org.msgpack.core.MessagePack.newDefaultBufferPacker()) {
            packer.packLong(number);
            assertThat(write(EntryValue.of(number))).isEqualTo(packer.toByteArray());
        }
        assertThat(read(write(EntryValue.of(number)))).isEqualTo(EntryValue.of(number));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 255, 256, 65_535, 65_536})
    void texts_lists_and_maps_of_every_size_are_read_back(int size) throws IOException {
        List<EntryValue> items = new ArrayList<>();
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            items.add(EntryValue.of(i));
            fields.put("é" + i, EntryValue.of(i % 2 == 0));
        }
        EntryValue value = new EntryValue.Items(
                List.of(EntryValue.of("é".repeat(size)), new EntryValue.Items(items), new EntryValue.Fields(fields)));
        assertThat(read(write(value))).isEqualTo(value);
        try (MessageUnpacker unpacker = org.msgpack.core.MessagePack.newDefaultUnpacker(write(value))) {
            Value other = unpacker.unpackValue();
            assertThat(other.asArrayValue().get(0).asStringValue().asString()).isEqualTo("é".repeat(size));
            assertThat(other.asArrayValue().get(1).asArrayValue().size()).isEqualTo(size);
            assertThat(other.asArrayValue().get(2).asMapValue().size()).isEqualTo(size);
        }
    }

    static Stream<Arguments> otherEncodings() {
        return Stream.of(
                Arguments.of("de 00 00", new EntryValue.Fields(Map.of())),
                Arguments.of("df 00 00 00 00", new EntryValue.Fields(Map.of())),
                Arguments.of("dc 00 01 05", new EntryValue.Items(List.of(EntryValue.of(5)))),
                Arguments.of("cc 05", EntryValue.of(5)),
                Arguments.of("d3 00 00 00 00 00 00 00 05", EntryValue.of(5)),
                Arguments.of("cf 7f ff ff ff ff ff ff ff", EntryValue.of(Long.MAX_VALUE)),
                Arguments.of("d9 01 61", EntryValue.of("a")),
                Arguments.of("c4 01 61", EntryValue.of("a")),
                Arguments.of("c0", new EntryValue.Null()),
                Arguments.of("d4 00 00", new EntryValue.Null()),
                Arguments.of("cb 41 f0 00 00 00 00 00 00", EntryValue.of(1L << 32)),
                Arguments.of("ca 40 a0 00 00", EntryValue.of(5)),
                Arguments.of("cb 3f b9 99 99 99 99 99 9a", new EntryValue.Fraction(new BigDecimal("0.1"))),
                Arguments.of("d6 ff 00 00 00 00", time("1970-01-01T00:00:00Z")),
                Arguments.of("d7 ff 00 00 00 04 00 00 00 00", time("1970-01-01T00:00:00.000000001Z")),
                Arguments.of("c7 0c ff 00 00 00 01 ff ff ff ff ff ff ff ff", time("1969-12-31T23:59:59.000000001Z")));
    }

    private static EntryValue time(String text) {
        return new EntryValue.Fields(Map.of("_typed", EntryValue.of(text), "_type", EntryValue.of("datetime")));
    }

    @ParameterizedTest
    @MethodSource("otherEncodings")
    void every_encoding_of_a_value_is_read(String hex, EntryValue value) {
        assertThat(read(hex)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
        "cf 80 00 00 00 00 00 00 00, 2^63",
        "cb 43 e0 00 00 00 00 00 00, ''",
        "cb 7f f0 00 00 00 00 00 00, finite",
        "cb 7f f8 00 00 00 00 00 00, finite",
        "a1 ff, UTF-8",
        "c4 01 ff, UTF-8",
        "81 01 01, texts",
        "82 a1 61 01 a1 61 02, twice",
        "c1, 0xc1",
        "d4 05 00, extension",
        "c7 05 ff 00 00 00 00 00, timestamp",
        "c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff, range"
    })
    void what_no_value_can_be_is_refused(String hex, String word) {
        if (word.isEmpty()) {
            // 2^63 as floating point is a number with 19 digits, not another number nearby.
            assertThat(read(hex)).isEqualTo(new EntryValue.Fraction(BigDecimal.valueOf(0x1p63)));
            return;
        }
        assertThatThrownBy(() -> read(hex))
                .isInstanceOf(EntryJsonException.class)
                .hasMessageContaining(word);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a1",
                "91",
                "dd ff ff ff ff",
                "df 7f ff ff ff",
                "db 7f ff ff ff 61",
                "cf 00",
                "c9 ff ff ff ff"
            })
    void what_is_cut_off_is_noticed(String hex) {
        assertThatThrownBy(() -> read(hex)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void nesting_is_bounded() {
        assertThatThrownBy(() -> read("91".repeat(EntryJson.MAX_DEPTH + 1) + "01"))
                .isInstanceOf(EntryJsonException.class)
                .hasMessageContaining("deep");
    }

    @Test
    void random_bytes_are_read_or_refused_and_nothing_else() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            try {
                EntryValue value = new MessagePack.Reader(Unpooled.wrappedBuffer(bytes)).value();
                assertThat(read(write(value))).as("seed %s", seed).isEqualTo(value);
            } catch (EntryJsonException | IndexOutOfBoundsException e) {
                assertThat(e).as("seed %s", seed).isNotNull();
            }
        }
    }
}
