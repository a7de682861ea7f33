package dev.varve.testkit;

import static dev.varve.testkit.StreamsProbe.NUMBERS;
import static dev.varve.testkit.StreamsProbe.PATH;
import static dev.varve.testkit.StreamsProbe.bytes;
import static dev.varve.testkit.StreamsProbe.failure;
import static dev.varve.testkit.StreamsProbe.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.ItemPage;
import dev.varve.api.ItemPosition;
import dev.varve.api.ItemReader;
import dev.varve.api.Offset;
import dev.varve.api.ProducerOptions;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamItem;
import dev.varve.api.TypedProducer;
import dev.varve.api.TypedStream;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What streams of values do. */
interface StreamsTypedRules {

    private static TypedStream<Integer> typed(StreamsProbe probe) {
        return probe.json().typed(PATH, NUMBERS);
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    @Test
    default void a_stream_of_values_is_created_as_one_of_json(StreamsProbe probe) {
        TypedStream<Integer> stream = probe.streams().typed(PATH, NUMBERS);
        assertThat(stream.path()).isEqualTo(PATH);
        assertThat(stream.create()).isInstanceOf(CreateResult.Created.class);
        assertThat(stream.create()).isInstanceOf(CreateResult.Existing.class);
        assertThat(probe.streams().find(PATH).orElseThrow().contentType()).isEqualTo("application/json");
    }

    @Test
    default void values_are_appended_one_by_one_or_together(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        Offset first = stream.append(0);
        Offset last = stream.appendAll(List.of(1, 2, 3));
        assertThat(last).isGreaterThan(first);
        assertThatIllegalArgumentException().isThrownBy(() -> stream.appendAll(List.of()));
        assertThat(probe.messages()).isEqualTo(numbers(0, 4));
        ItemPage<Integer> page = stream.read(ItemPosition.BEGINNING);
        assertThat(page.items()).extracting(StreamItem::value).isEqualTo(upTo(4));
        assertThat(page.items().get(0).next()).isEqualTo(ItemPosition.at(first));
        assertThat(page.next()).isEqualTo(ItemPosition.at(last));
        assertThat(page.hasMore()).isFalse();
        assertThat(stream.read(page.next()).items()).isEmpty();
    }

    @Test
    default void reading_goes_on_after_every_item(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(20));
        probe.streams().close(PATH);
        for (StreamItem<Integer> item : stream.read(ItemPosition.BEGINNING).items()) {
            ItemPosition kept = ItemPosition.parse(item.next().toString());
            assertThat(kept).isEqualTo(item.next());
            try (ItemReader<Integer> reader = stream.follow(kept)) {
                for (int next = item.value() + 1; next < 20; next++) {
                    assertThat(reader.next().value()).isEqualTo(next);
                }
                assertThat(reader.hasNext()).isFalse();
                assertThat(reader.atEnd()).isTrue();
            }
        }
    }

    /** As a server makes it necessary that tells offsets after pages only. */
    @Test
    default void items_that_were_taken_before_are_left_out(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(10));
        ItemPosition third = ItemPosition.parse("-1,3");
        assertThat(stream.read(third).items()).extracting(StreamItem::value).containsExactly(3, 4, 5, 6, 7, 8, 9);
        try (ItemReader<Integer> reader = stream.follow(third)) {
            assertThat(reader.next().value()).isEqualTo(3);
        }
    }

    @Test
    default void what_was_trimmed_does_not_move_positions(StreamsProbe probe) {
        StreamConfig twelve = StreamConfig.of("application/json").withRetention(new Retention(null, null, 12L));
        probe.streams().create(PATH, twelve);
        TypedStream<Integer> stream = probe.streams().typed(PATH, NUMBERS);
        for (int i = 0; i < 40; i++) {
            stream.append(i);
        }
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING)) {
            StreamItem<Integer> first = reader.next();
            assertThat(first.next().skip()).isZero();
            assertThat(stream.read(first.next()).items().get(0).value()).isEqualTo(first.value() + 1);
        }
    }

    @Test
    default void a_value_that_cannot_be_read_is_thrown_once(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.append(0);
        probe.streams().append(AppendRequest.of(PATH, "application/json", bytes("\"no number\"")));
        stream.append(2);
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING)) {
            assertThat(reader.next().value()).isZero();
            assertThat(reader.hasNext()).isTrue();
            assertThatExceptionOfType(NumberFormatException.class).isThrownBy(reader::next);
            assertThat(stream.read(reader.position()).items())
                    .extracting(StreamItem::value)
                    .containsExactly(2);
            assertThat(reader.next().value()).isEqualTo(2);
        }
        assertThatExceptionOfType(NumberFormatException.class).isThrownBy(() -> stream.read(ItemPosition.BEGINNING));
    }

    @Test
    default void only_streams_of_json_have_items(StreamsProbe probe) {
        TypedStream<Integer> stream = probe.text().typed(PATH, NUMBERS);
        probe.streams().append(PATH, bytes("12"));
        failure(ErrorKind.NOT_SUPPORTED, () -> stream.read(ItemPosition.BEGINNING));
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING)) {
            failure(ErrorKind.NOT_SUPPORTED, reader::next);
        }
        failure(ErrorKind.CONTENT_TYPE_MISMATCH, () -> stream.append(1));
    }

    @Test
    default void the_end_of_a_closed_stream_ends_the_iterator(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.append(1);
        probe.streams().close(PATH);
        ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING);
        assertThat(reader.hasNext()).isTrue();
        assertThat(reader.next().value()).isEqualTo(1);
        assertThat(reader.hasNext()).isFalse();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(reader::next);
        reader.close();
    }

    @Test
    default void a_producer_of_values_keeps_an_outbox(StreamsProbe probe, @TempDir Path directory) {
        TypedStream<Integer> stream = typed(probe);
        ProducerOptions options = ProducerOptions.DEFAULT.withOutbox(directory.resolve("outbox"));
        for (int run = 0; run < 2; run++) {
            try (TypedProducer<Integer> producer = stream.producer(options)) {
                for (int i = Math.toIntExact(producer.accepted()); i < 50 * (run + 1); i++) {
                    producer.add(i);
                }
                producer.flush();
                assertThat(producer.accepted()).isEqualTo(50L * (run + 1));
            }
        }
        assertThat(probe.messages()).isEqualTo(numbers(0, 100));
    }

    @Test
    default void an_offset_of_another_server_is_refused(StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.append(1);
        failure(ErrorKind.INVALID_OFFSET, () -> stream.read(ItemPosition.at(Offset.of("12345_abc"))));
    }
}
