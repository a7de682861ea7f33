package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.BYTES;
import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How streams come to be. */
interface StreamCreationRules {

    Instant LATER = Instant.parse("2100-01-01T00:00:00.250Z");

    @Test
    default void a_new_stream_is_open_and_empty(StreamProbe streams) {
        StreamMetadata stream = streams.created("t/log", TEXT);

        assertThat(stream.path()).isEqualTo("t/log");
        assertThat(stream.closed()).isFalse();
        assertThat(stream.earliest()).isEqualTo(Offset.ZERO);
        assertThat(stream.next()).isEqualTo(Offset.ZERO);
        assertThat(stream.ttlSeconds()).isNull();
        assertThat(stream.expiresAt()).isNull();
        assertThat(stream.retention()).isEqualTo(Retention.NONE);
    }

    @Test
    default void metadata_says_what_creation_said(StreamProbe streams) {
        StreamMetadata stream = streams.created("t/log", TEXT, "abc");

        assertThat(streams.metadata("t/log")).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "Text/Plain; charset=UTF-8", "application/json;charset=utf-8", "x/y+z; a=\"b;c\""})
    default void the_content_type_is_kept_byte_for_byte(String contentType, StreamProbe streams) {
        assertThat(streams.created("t/log", StreamConfig.of(contentType)).contentType())
                .isEqualTo(contentType);
        assertThat(streams.metadata("t/log").contentType()).isEqualTo(contentType);
        assertThat(streams.page("t/log", Offset.BEGINNING).contentType()).isEqualTo(contentType);
    }

    @Test
    default void a_stream_without_a_content_type_holds_bytes(StreamProbe streams) {
        assertThat(streams.created("t/log", StreamConfig.DEFAULT).contentType()).isEqualTo("application/octet-stream");
        assertThat(streams.create(CreateRequest.of("t/log", BYTES))).isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    default void a_body_is_the_first_content(StreamProbe streams) {
        assertThat(streams.created("t/log", TEXT, "abc").next()).isEqualTo(Offset.at(3));
        assertThat(streams.messages("t/log")).containsExactly("abc");
    }

    @Test
    default void a_json_body_is_cut_into_messages(StreamProbe streams) {
        assertThat(streams.created("t/log", JSON, "[ {\"a\": 1}, [2, 3] ]").next())
                .isEqualTo(Offset.at(9 + 7));
        assertThat(streams.messages("t/log")).containsExactly("{\"a\": 1}", "[2, 3]");
    }

    @Test
    default void an_empty_json_array_creates_an_empty_stream(StreamProbe streams) {
        assertThat(streams.created("t/log", JSON, " [ ] ").next()).isEqualTo(Offset.ZERO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", " ", "[1,]", "nonsense"})
    default void an_invalid_json_body_creates_nothing(String body, StreamProbe streams) {
        CreateRequest request = CreateRequest.of("t/log", JSON).withBody(bytes(body));

        refused(streams.create(request), ErrorKind.INVALID_JSON);

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_stream_can_be_created_closed_with_its_whole_content(StreamProbe streams) {
        StreamMetadata stream = streams.created(
                CreateRequest.of("t/log", TEXT).withBody(bytes("abc")).withClosed());

        assertThat(stream.closed()).isTrue();
        assertThat(streams.page("t/log", Offset.BEGINNING).closed()).isTrue();
        assertThat(refused(streams.append(streams.request("t/log", "d")), ErrorKind.CLOSED)
                        .offset())
                .isEqualTo(Offset.at(3));
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void a_stream_can_be_created_closed_and_empty(StreamProbe streams) {
        streams.created(CreateRequest.of("t/log", JSON).withClosed());

        assertThat(streams.metadata("t/log").closed()).isTrue();
        assertThat(streams.content("t/log")).isEqualTo("[]");
    }

    @Test
    default void a_repeated_creation_finds_the_stream_and_appends_nothing(StreamProbe streams) {
        StreamMetadata first = streams.created("t/log", TEXT, "abc");

        CreateResult again = streams.create(CreateRequest.of("t/log", TEXT).withBody(bytes("abc")));

        assertThat(again).isEqualTo(new CreateResult.Existing(first));
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void a_repeated_creation_does_not_look_at_the_body(StreamProbe streams) {
        streams.created("t/log", JSON);

        assertThat(streams.create(CreateRequest.of("t/log", JSON).withBody(bytes("{"))))
                .isInstanceOf(CreateResult.Existing.class);
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, TEXT/PLAIN",
        "text/plain, text/plain;charset=utf-8",
        "text/plain; charset=utf-8, text/plain; charset=latin1",
        "Application/JSON, application/json ; x=y",
    })
    default void creations_agree_on_the_media_type_without_case_and_parameters(
            String first, String second, StreamProbe streams) {
        streams.created("t/log", StreamConfig.of(first));

        CreateResult again = streams.create(CreateRequest.of("t/log", StreamConfig.of(second)));

        assertThat(again).isInstanceOf(CreateResult.Existing.class);
        assertThat(streams.metadata("t/log").contentType()).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({"text/plain, text/html", "application/json, application/jsonl", "text/plain,"})
    default void another_media_type_is_another_configuration(
            String first, @Nullable String second, StreamProbe streams) {
        streams.created("t/log", StreamConfig.of(first));
        StreamConfig other = second == null ? StreamConfig.DEFAULT : StreamConfig.of(second);

        refused(streams.create(CreateRequest.of("t/log", other)), ErrorKind.ALREADY_EXISTS);
    }

    @Test
    default void lifetimes_count_in_the_comparison(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/ttl", TEXT.withTtlSeconds(1000));
        streams.created("t/end", TEXT.withExpiresAt(LATER));
        streams.created("t/ever", TEXT);

        assertThat(streams.create(CreateRequest.of("t/ttl", TEXT.withTtlSeconds(1000))))
                .isInstanceOf(CreateResult.Existing.class);
        assertThat(streams.create(CreateRequest.of("t/end", TEXT.withExpiresAt(LATER))))
                .isInstanceOf(CreateResult.Existing.class);
        refused(streams.create(CreateRequest.of("t/ttl", TEXT.withTtlSeconds(1001))), ErrorKind.ALREADY_EXISTS);
        refused(
                streams.create(CreateRequest.of("t/end", TEXT.withExpiresAt(LATER.plusMillis(1)))),
                ErrorKind.ALREADY_EXISTS);
        refused(streams.create(CreateRequest.of("t/end", TEXT.withTtlSeconds(1000))), ErrorKind.ALREADY_EXISTS);
        refused(streams.create(CreateRequest.of("t/ttl", TEXT)), ErrorKind.ALREADY_EXISTS);
        refused(streams.create(CreateRequest.of("t/ever", TEXT.withTtlSeconds(1000))), ErrorKind.ALREADY_EXISTS);
    }

    @Test
    default void retention_counts_in_the_comparison(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        Retention kept = new Retention(100L, 200L, 300L);
        streams.created("t/log", TEXT.withRetention(kept));

        assertThat(streams.create(CreateRequest.of("t/log", TEXT.withRetention(new Retention(100L, 200L, 300L)))))
                .isInstanceOf(CreateResult.Existing.class);
        refused(
                streams.create(CreateRequest.of("t/log", TEXT.withRetention(new Retention(100L, 200L, 301L)))),
                ErrorKind.ALREADY_EXISTS);
        refused(
                streams.create(CreateRequest.of("t/log", TEXT.withRetention(new Retention(100L, 200L, null)))),
                ErrorKind.ALREADY_EXISTS);
        refused(streams.create(CreateRequest.of("t/log", TEXT)), ErrorKind.ALREADY_EXISTS);
        assertThat(streams.metadata("t/log").retention()).isEqualTo(kept);
    }

    @Test
    default void the_current_closed_status_counts_in_the_comparison(StreamProbe streams) {
        CreateRequest open = CreateRequest.of("t/log", TEXT);
        streams.created(open);
        refused(streams.create(open.withClosed()), ErrorKind.ALREADY_EXISTS);

        streams.closed("t/log");

        refused(streams.create(open), ErrorKind.ALREADY_EXISTS);
        assertThat(streams.create(open.withClosed())).isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    default void a_refused_creation_changes_nothing(StreamProbe streams) {
        StreamMetadata before = streams.created("t/log", TEXT, "abc");

        refused(streams.create(CreateRequest.of("t/log", JSON).withBody(bytes("1"))), ErrorKind.ALREADY_EXISTS);

        assertThat(streams.metadata("t/log")).isEqualTo(before);
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a/b/c/d/e", "a b", "ä/ö", "😀/x", "a%2Fb", "A", "a//b", "_a", "a/__b", "a.b~c-d"})
    default void a_path_is_any_text_and_stands_for_itself(String path, StreamProbe streams) {
        streams.created(path, TEXT, "here");

        assertThat(streams.metadata(path).path()).isEqualTo(path);
        assertThat(streams.content(path)).isEqualTo("here");
        streams.isAbsent(path + "x", ErrorKind.NOT_FOUND);
    }

    @Test
    default void streams_do_not_mix(StreamProbe streams) {
        streams.created("t/a", TEXT, "a");
        streams.created("t/b", TEXT, "b");
        streams.created("t/A", JSON, "1");

        streams.appended("t/a", "a");

        assertThat(streams.content("t/a")).isEqualTo("aa");
        assertThat(streams.content("t/b")).isEqualTo("b");
        assertThat(streams.content("t/A")).isEqualTo("[1]");
    }

    @Test
    default void metadata_of_a_missing_stream_is_not_found(StreamProbe streams) {
        streams.isAbsent("t/none", ErrorKind.NOT_FOUND);
    }
}
