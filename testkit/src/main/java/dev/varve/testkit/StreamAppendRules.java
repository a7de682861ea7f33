package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.BYTES;
import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be appended, and what the answer is. JSON has rules of its own in {@link StreamJsonRules}. */
interface StreamAppendRules {

    @Test
    default void an_append_gives_the_tail_after_it(StreamProbe streams) {
        streams.created("t/log", TEXT);

        AppendResult.Appended result = streams.appended(streams.request("t/log", "abc"));

        assertThat(result).isEqualTo(new AppendResult.Appended(Offset.at(3), false, null));
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(3));
        assertThat(streams.appended("t/log", "de")).isEqualTo(Offset.at(5));
        assertThat(streams.content("t/log")).isEqualTo("abcde");
    }

    @Test
    default void offsets_and_their_texts_increase_with_every_append(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<Offset> offsets = new ArrayList<>(List.of(streams.tail("t/log")));
        for (int i = 0; i < 30; i++) {
            offsets.add(streams.appended("t/log", "x".repeat(1 + i % 7)));
        }

        assertThat(offsets).isSorted().doesNotHaveDuplicates();
        assertThat(offsets.stream().map(Offset::toString)).isSorted();
        assertThat(streams.boundaries("t/log")).isEqualTo(offsets);
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, text/plain; charset=utf-8",
        "text/plain; charset=utf-8, TEXT/PLAIN",
        "Application/JSON, application/json;x=y",
    })
    default void the_media_type_alone_must_be_that_of_the_stream(String stream, String body, StreamProbe streams) {
        streams.created("t/log", StreamConfig.of(stream));

        streams.appended(AppendRequest.of("t/log", body, bytes("1")));

        assertThat(streams.metadata("t/log").contentType()).isEqualTo(stream);
        assertThat(streams.messages("t/log")).containsExactly("1");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"text/html", "text/plainer", "text", "application/json"})
    default void another_or_no_content_type_is_refused(@Nullable String contentType, StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        AppendRequest request = new AppendRequest("t/log", contentType, bytes("1"), null, null, null, false);

        refused(streams.append(request), ErrorKind.CONTENT_TYPE_MISMATCH);
        assertThat(streams.messages("t/log")).containsExactly("abc");
    }

    @Test
    default void an_append_without_data_is_refused(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        refused(streams.append(streams.request("t/log", "")), ErrorKind.EMPTY_BODY);

        assertThat(streams.metadata("t/log").closed()).isFalse();
    }

    @Test
    default void all_bytes_come_back_as_they_were(StreamProbe streams) {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        streams.created("t/log", BYTES);

        streams.appended(AppendRequest.of("t/log", "application/octet-stream", all));

        assertThat(streams.page("t/log", Offset.BEGINNING).data()).isEqualTo(ByteBuffer.wrap(all));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4_095, 4_096, 65_535, 65_536, 1_048_576, 3_000_001})
    default void a_body_of_any_size_comes_back_whole(int size, StreamProbe streams) {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        streams.created("t/log", BYTES);

        streams.appended(AppendRequest.of("t/log", "application/octet-stream", body));

        assertThat(streams.page("t/log", Offset.BEGINNING).data()).isEqualTo(ByteBuffer.wrap(body));
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(size));
    }

    @Test
    default void the_callers_array_is_free_again_after_the_answer(StreamProbe streams) {
        streams.created("t/log", TEXT);
        byte[] body = bytes("abc");

        streams.appended(AppendRequest.of("t/log", "text/plain", body));
        Arrays.fill(body, (byte) 'x');

        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void appends_started_without_waiting_happen_in_that_order(StreamProbe streams) {
        streams.created("t/log", TEXT);
        List<CompletableFuture<AppendResult>> started = new ArrayList<>();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            expected.append(i).append('\n');
            started.add(streams.storage().append(AppendRequest.of("t/log", "text/plain", bytes(i + "\n"))));
        }

        List<Offset> tails = new ArrayList<>();
        started.forEach(append -> tails.add(((AppendResult.Appended) await(append)).next()));

        assertThat(tails).isSorted().doesNotHaveDuplicates();
        assertThat(streams.content("t/log")).isEqualTo(expected.toString());
    }

    // ---- Stream-Seq

    @ParameterizedTest
    @CsvSource({
        "1, 2, true",
        "2, 10, false",
        "09, 10, true",
        "a, B, false",
        "a, a, false",
        "a, aa, true",
        "aa, a, false",
        "Z, a, true",
        "z, é, true",
        "\uFFFD, 😀, true",
        "😀, \uFFFD, false",
    })
    default void a_sequence_must_be_greater_byte_by_byte(
            String first, String second, boolean accepted, StreamProbe streams) {
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "1").withSequence(first));

        AppendResult result = streams.append(streams.request("t/log", "2").withSequence(second));

        if (accepted) {
            assertThat(result).isInstanceOf(AppendResult.Appended.class);
        } else {
            refused(result, ErrorKind.SEQUENCE_CONFLICT);
        }
        assertThat(streams.content("t/log")).isEqualTo(accepted ? "12" : "1");
    }

    @Test
    default void appends_without_a_sequence_leave_the_last_one_standing(StreamProbe streams) {
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "1").withSequence("b"));
        streams.appended("t/log", "2");

        refused(streams.append(streams.request("t/log", "3").withSequence("b")), ErrorKind.SEQUENCE_CONFLICT);
        streams.appended(streams.request("t/log", "4").withSequence("c"));
    }

    @Test
    default void a_refused_append_leaves_no_sequence(StreamProbe streams) {
        streams.created("t/log", JSON);

        refused(streams.append(streams.request("t/log", "{").withSequence("z")), ErrorKind.INVALID_JSON);

        streams.appended(streams.request("t/log", "1").withSequence("a"));
    }

    @Test
    default void each_stream_has_sequences_of_its_own(StreamProbe streams) {
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        streams.appended(streams.request("t/a", "1").withSequence("z"));

        streams.appended(streams.request("t/b", "1").withSequence("a"));
    }

    // ---- If-Match

    @Test
    default void a_condition_holds_at_the_tail_and_nowhere_else(StreamProbe streams) {
        streams.needs(StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "abc").withIfMatch(Offset.ZERO));
        streams.appended(streams.request("t/log", "def").withIfMatch(Offset.at(3)));

        for (Offset wrong :
                List.of(Offset.ZERO, Offset.at(3), Offset.at(5), Offset.at(7), Offset.BEGINNING, Offset.NOW)) {
            Refusal refusal = refused(
                    streams.append(streams.request("t/log", "x").withIfMatch(wrong)), ErrorKind.PRECONDITION_FAILED);
            assertThat(refusal.offset()).isEqualTo(Offset.at(6));
        }
        assertThat(streams.content("t/log")).isEqualTo("abcdef");
    }

    @Test
    default void a_condition_also_guards_closing(StreamProbe streams) {
        streams.needs(StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT, "abc");

        refused(streams.append(AppendRequest.closing("t/log").withIfMatch(Offset.ZERO)), ErrorKind.PRECONDITION_FAILED);
        assertThat(streams.metadata("t/log").closed()).isFalse();

        streams.appended(AppendRequest.closing("t/log").withIfMatch(Offset.at(3)));
        assertThat(streams.metadata("t/log").closed()).isTrue();
    }

    @Test
    default void of_two_sequence_and_condition_flaws_the_sequence_is_named(StreamProbe streams) {
        streams.needs(StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "1").withSequence("b"));

        refused(
                streams.append(streams.request("t/log", "2").withSequence("a").withIfMatch(Offset.ZERO)),
                ErrorKind.SEQUENCE_CONFLICT);
    }

    @Test
    default void a_failed_condition_leaves_no_sequence(StreamProbe streams) {
        streams.needs(StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT, "abc");

        refused(
                streams.append(streams.request("t/log", "2").withSequence("z").withIfMatch(Offset.ZERO)),
                ErrorKind.PRECONDITION_FAILED);

        streams.appended(streams.request("t/log", "2").withSequence("a"));
    }
}
