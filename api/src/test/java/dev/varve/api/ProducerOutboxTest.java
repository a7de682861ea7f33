package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProducerOutboxTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("log.outbox");
    }

    @Test
    void a_new_one_is_empty_and_keeps_its_name_and_epoch() {
        String id;
        long epoch;
        try (ProducerOutbox outbox = open(null)) {
            id = outbox.id();
            epoch = outbox.epoch();
            assertThat(outbox.accepted()).isZero();
            assertThat(outbox.unacknowledged()).isEmpty();
        }
        try (ProducerOutbox outbox = open(id)) {
            assertThat(outbox.id()).isEqualTo(id);
            assertThat(outbox.epoch()).isEqualTo(epoch);
            assertThat(outbox.contentType()).isEqualTo("text/plain");
        }
    }

    @Test
    void what_was_not_acknowledged_is_found_again() throws IOException {
        try (ProducerOutbox outbox = open("p")) {
            outbox.add(batch(0, 3, "abc"));
            outbox.acknowledged(0);
            outbox.add(batch(1, 2, "de"));
        }
        try (ProducerOutbox outbox = open("p")) {
            assertThat(outbox.accepted()).isEqualTo(5);
            assertThat(outbox.nextSequence()).isEqualTo(2);
            assertThat(texts(outbox)).containsExactly("1:2:de");
            outbox.acknowledged(1);
        }
        try (ProducerOutbox outbox = open("p")) {
            assertThat(outbox.unacknowledged()).isEmpty();
            assertThat(outbox.accepted()).isEqualTo(5);
        }
    }

    /** A crash may leave any part of what was written since the last sync. */
    @Test
    void every_length_of_the_file_opens_with_the_batches_that_are_whole() throws IOException {
        List<Long> ends = new ArrayList<>();
        try (ProducerOutbox outbox = open("p")) {
            ends.add(Files.size(file));
            for (int i = 0; i < 4; i++) {
                outbox.add(batch(i, i + 1, "batch " + i));
                ends.add(Files.size(file));
                outbox.acknowledged(i);
            }
        }
        byte[] whole = Files.readAllBytes(file);
        for (int length = Math.toIntExact(ends.get(0)); length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            int expected = 0;
            while (expected < 4 && ends.get(expected + 1) <= length) {
                expected++;
            }
            try (ProducerOutbox outbox = open("p")) {
                assertThat(outbox.nextSequence()).as("at %d bytes", length).isEqualTo(expected);
                assertThat(outbox.accepted()).isEqualTo(expected * (expected + 1L) / 2);
                assertThat(outbox.unacknowledged()).hasSizeLessThanOrEqualTo(1);
                outbox.add(batch(expected, 1, "and on"));
            }
            try (ProducerOutbox outbox = open("p")) {
                assertThat(texts(outbox)).last().isEqualTo(expected + ":1:and on");
            }
        }
    }

    @Test
    void no_length_within_the_head_is_taken_for_an_empty_outbox() throws IOException {
        open("p").close();
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            refuses(ErrorKind.CORRUPT, "p");
        }
    }

    @Test
    void damage_before_whole_batches_is_told_and_nothing_is_cut() throws IOException {
        long start;
        try (ProducerOutbox outbox = open("p")) {
            start = Files.size(file);
            for (int i = 0; i < 3; i++) {
                outbox.add(batch(i, 1, "batch " + i));
                outbox.acknowledged(i);
            }
        }
        byte[] damaged = Files.readAllBytes(file);
        damaged[Math.toIntExact(start) + 10] ^= 1;
        Files.write(file, damaged);
        refuses(ErrorKind.CORRUPT, "p");
        assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
    }

    @Test
    void a_flipped_bit_in_what_was_written_last_is_cut() throws IOException {
        long start;
        try (ProducerOutbox outbox = open("p")) {
            outbox.add(batch(0, 1, "kept"));
            start = Files.size(file);
            outbox.add(batch(1, 1, "torn"));
        }
        byte[] whole = Files.readAllBytes(file);
        for (int at = Math.toIntExact(start); at < whole.length; at++) {
            byte[] torn = whole.clone();
            torn[at] ^= 0x10;
            Files.write(file, torn);
            try (ProducerOutbox outbox = open("p")) {
                assertThat(texts(outbox)).containsExactly("0:1:kept");
            }
        }
    }

    /** A number that was given away is never given to another batch: the stream would take that one for known. */
    @Test
    void a_flipped_bit_anywhere_is_told_or_loses_what_was_written_last() throws IOException {
        long start;
        long last;
        try (ProducerOutbox outbox = open("p")) {
            start = Files.size(file);
            outbox.add(batch(0, 1, "first"));
            outbox.acknowledged(0);
            outbox.add(batch(1, 1, "second"));
            outbox.acknowledged(1);
            last = Files.size(file);
            outbox.add(batch(2, 1, "third"));
        }
        byte[] whole = Files.readAllBytes(file);
        for (int at = Math.toIntExact(start); at < last; at++) {
            for (int bit : new int[] {1, 0x80}) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) bit;
                Files.write(file, damaged);
                try (ProducerOutbox outbox = open("p")) {
                    assertThat(texts(outbox)).as("byte %d", at).containsExactly("2:1:third");
                } catch (VarveException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
                    assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
                }
            }
        }
    }

    @Test
    void an_acknowledgement_that_a_crash_lost_before_a_batch_that_it_did_not_takes_nothing_with_it()
            throws IOException {
        int note;
        try (ProducerOutbox outbox = open("p")) {
            outbox.add(batch(0, 1, "first"));
            note = Math.toIntExact(Files.size(file));
            outbox.acknowledged(0);
            outbox.add(batch(1, 2, "second"));
        }
        byte[] whole = Files.readAllBytes(file);
        Arrays.fill(whole, note, note + 10, (byte) 0);
        Files.write(file, whole);
        try (ProducerOutbox outbox = open("p")) {
            assertThat(texts(outbox)).containsExactly("1:2:second");
            outbox.acknowledged(1);
            outbox.add(batch(2, 1, "third"));
        }
        try (ProducerOutbox outbox = open("p")) {
            assertThat(texts(outbox)).containsExactly("2:1:third");
            assertThat(outbox.accepted()).isEqualTo(4);
        }
    }

    @Test
    void the_file_stays_small_and_counts_on() throws IOException {
        byte[] body = new byte[1 << 20];
        long largest = 0;
        try (ProducerOutbox outbox = open("p")) {
            for (int i = 0; i < 20; i++) {
                outbox.add(new ProducerBatch(i, 10, body));
                largest = Math.max(largest, Files.size(file));
                outbox.acknowledged(i);
            }
        }
        assertThat(largest).isLessThan(ProducerOutbox.REWRITE_BYTES + 2L * body.length + 1_000);
        try (ProducerOutbox outbox = open("p")) {
            assertThat(outbox.accepted()).isEqualTo(200);
            assertThat(outbox.nextSequence()).isEqualTo(20);
            assertThat(outbox.unacknowledged()).isEmpty();
        }
    }

    @Test
    void only_one_holds_it() {
        try (ProducerOutbox outbox = open("p")) {
            refuses(ErrorKind.UNAVAILABLE, outbox.id());
        }
        open("p").close();
    }

    @Test
    void it_is_for_one_stream_and_one_producer() {
        open("p").close();
        refuses(ErrorKind.INVALID_PARAMS, "q");
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> ProducerOutbox.open(file, "other", "p", () -> "text/plain"))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
        open("p").close();
    }

    @Test
    void a_directory_that_is_not_there_is_told() {
        file = directory.resolve("none/log.outbox");
        refuses(ErrorKind.UNAVAILABLE, "p");
    }

    private void refuses(ErrorKind kind, String id) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> open(id))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private ProducerOutbox open(@Nullable String id) {
        return ProducerOutbox.open(file, "log", id, () -> "text/plain");
    }

    private static ProducerBatch batch(long sequence, int items, String body) {
        return new ProducerBatch(sequence, items, body.getBytes(UTF_8));
    }

    private static List<String> texts(ProducerOutbox outbox) {
        return outbox.unacknowledged().stream()
                .map(batch -> batch.sequence() + ":" + batch.items() + ":" + new String(batch.body(), UTF_8))
                .toList();
    }
}
