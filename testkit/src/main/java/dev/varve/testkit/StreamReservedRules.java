package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.StreamCapability;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Streams below {@code __}: the server's own, and the feed of creations and deletions. */
interface StreamReservedRules {

    String REGISTRY = ModelStreamStorage.REGISTRY;

    private static AppendResult appendReserved(StreamProbe streams, String path, String contentType, String body) {
        return await(streams.storage().appendReserved(AppendRequest.of(path, contentType, bytes(body))));
    }

    /** What is new in the feed since a moment. */
    private static List<String> registered(StreamProbe streams, int before) {
        List<String> feed = streams.messages(REGISTRY);
        return feed.subList(before, feed.size());
    }

    private static int count(StreamProbe streams) {
        streams.created("t/first", TEXT);
        return streams.messages(REGISTRY).size();
    }

    private static void isEntry(String entry, String operation, String path) {
        assertThat(entry)
                .contains("\"type\":\"stream\"")
                .contains("\"key\":\"" + path + "\"")
                .contains("\"headers\":{\"operation\":\"" + operation + "\"}");
    }

    @Test
    default void a_reserved_stream_comes_to_be_with_its_first_append(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);

        AppendResult first = appendReserved(streams, "__own/a", "application/json", "[1,2]");
        AppendResult second = appendReserved(streams, "__own/a", "application/json", "3");

        assertThat(first).isEqualTo(new AppendResult.Appended(Offset.at(4), false, null));
        assertThat(second).isEqualTo(new AppendResult.Appended(Offset.at(6), false, null));
        assertThat(streams.content("__own/a")).isEqualTo("[1,2,3]");
        assertThat(streams.metadata("__own/a").contentType()).isEqualTo("application/json");
    }

    @Test
    default void a_refused_first_append_creates_no_reserved_stream(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);

        refused(appendReserved(streams, "__own/a", "application/json", "{"), ErrorKind.INVALID_JSON);

        refused(streams.find("__own/a"), ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_reserved_stream_can_be_deleted(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        appendReserved(streams, "__own/a", "text/plain", "abc");

        assertThat(await(streams.storage().deleteReserved("__own/a"))).isEqualTo(new DeleteResult.Deleted(false));

        refused(streams.find("__own/a"), ErrorKind.NOT_FOUND);
        refused(await(streams.storage().deleteReserved("__own/a")), ErrorKind.NOT_FOUND);
    }

    @Test
    default void requests_of_users_do_not_change_reserved_streams(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        appendReserved(streams, "__own/a", "text/plain", "abc");
        AppendRequest append = AppendRequest.of("__own/a", "text/plain", bytes("x"));

        refused(streams.create(CreateRequest.of("__own/b", TEXT)), ErrorKind.METHOD_NOT_ALLOWED);
        refused(streams.append(append), ErrorKind.METHOD_NOT_ALLOWED);
        refused(streams.append(AppendRequest.closing("__own/a")), ErrorKind.METHOD_NOT_ALLOWED);
        refused(streams.delete("__own/a"), ErrorKind.METHOD_NOT_ALLOWED);
        if (streams.storage().capabilities().contains(StreamCapability.ATOMIC_APPEND)) {
            AppendAllResult all = streams.appendAll(append);
            assertThat(all).isInstanceOf(AppendAllResult.RefusedAt.class);
            refused(((AppendAllResult.RefusedAt) all).refusal(), ErrorKind.METHOD_NOT_ALLOWED);
        }

        assertThat(streams.content("__own/a")).isEqualTo("abc");
        refused(streams.find("__own/b"), ErrorKind.NOT_FOUND);
    }

    @Test
    default void the_reserved_operations_are_for_reserved_streams_alone(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        streams.created("t/log", TEXT, "abc");

        refused(appendReserved(streams, "t/log", "text/plain", "x"), ErrorKind.INVALID_PARAMS);
        refused(await(streams.storage().deleteReserved("t/log")), ErrorKind.INVALID_PARAMS);

        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void reserved_streams_cannot_be_forked(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS, StreamCapability.FORKS);
        appendReserved(streams, "__own/a", "text/plain", "secret");

        refused(
                await(streams.storage().create(CreateRequest.of("t/copy", TEXT).withFork(Fork.atTailOf("__own/a")))),
                ErrorKind.METHOD_NOT_ALLOWED);

        assertThat(streams.exists("t/copy")).isFalse();
    }

    @Test
    default void reserved_streams_are_not_listed(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS, StreamCapability.LIST);
        appendReserved(streams, "__own/a", "text/plain", "abc");
        streams.created("a", TEXT);

        assertThat(streams.paths()).containsExactly("a");
        assertThat(streams.list("__", null, 10).streams()).isEmpty();
    }

    // ---- the feed

    @Test
    default void the_feed_tells_of_creations_and_deletions_in_order(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        int before = count(streams);

        long createdAt = streams.created("t/a", JSON, "[1]").createdAt().toEpochMilli();
        streams.created("t/b", TEXT);
        streams.deleted("t/a");

        List<String> entries = registered(streams, before);
        assertThat(entries).hasSize(3);
        isEntry(entries.get(0), "insert", "t/a");
        assertThat(entries.get(0))
                .contains("\"value\":{\"path\":\"t/a\",\"contentType\":\"application/json\",\"createdAt\":" + createdAt
                        + "}");
        isEntry(entries.get(1), "insert", "t/b");
        isEntry(entries.get(2), "delete", "t/a");
        assertThat(entries.get(2)).doesNotContain("\"value\"");
        assertThat(streams.metadata(REGISTRY).contentType()).isEqualTo("application/json");
    }

    @Test
    default void the_feed_tells_nothing_of_refusals_repetitions_appends_and_reserved_streams(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        int before = count(streams);

        streams.create(CreateRequest.of("t/first", TEXT));
        streams.create(CreateRequest.of("t/first", JSON));
        streams.create(CreateRequest.of("t/bad", JSON).withBody(bytes("{")));
        streams.appended("t/first", "abc");
        streams.closed("t/first");
        streams.delete("t/none");
        appendReserved(streams, "__own/a", "text/plain", "abc");
        await(streams.storage().deleteReserved("__own/a"));

        assertThat(registered(streams, before)).isEmpty();
    }

    @Test
    default void the_feed_escapes_what_json_wants_escaped(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        int before = count(streams);

        streams.created("t/\"quoted\"\\ä😀", TEXT);

        isEntry(registered(streams, before).get(0), "insert", "t/\\\"quoted\\\"\\\\ä😀");
    }

    @Test
    default void the_feed_tells_of_a_softly_deleted_stream_once(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS, StreamCapability.FORKS);
        int before = count(streams);
        streams.created("t/source", TEXT);
        streams.forked("t/fork", Fork.atTailOf("t/source"));

        streams.deleted("t/source");
        streams.deleted("t/fork");
        eventually(
                "the path of the source is free",
                () -> streams.create(CreateRequest.of("t/source", TEXT)) instanceof CreateResult.Created);

        List<String> entries = registered(streams, before);
        assertThat(entries).hasSize(5);
        isEntry(entries.get(2), "delete", "t/source");
        isEntry(entries.get(3), "delete", "t/fork");
        isEntry(entries.get(4), "insert", "t/source");
    }

    @Test
    default void the_feed_tells_of_an_expiry(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS, StreamCapability.EXPIRY);
        int before = count(streams);
        streams.created("t/log", TEXT.withTtlSeconds(100));
        streams.advance(Duration.ofSeconds(101));

        eventually("the expiry is in the feed", () -> {
            streams.exists("t/log");
            return registered(streams, before).size() == 2;
        });
        isEntry(registered(streams, before).get(1), "delete", "t/log");
    }
}
