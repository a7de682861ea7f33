package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamMetadata;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a storage still knows when it comes back: everything. */
interface StreamReopeningRules {

    @Test
    default void streams_come_back_as_they_were(StreamProbe streams) {
        streams.created("t/text", TEXT, "abc");
        streams.appended("t/text", "def");
        streams.created("t/json", JSON, "[1,[2],{}]");
        streams.created("t/empty", TEXT);
        streams.created("t/deleted", TEXT, "gone");
        streams.deleted("t/deleted");
        List<String> paths = List.of("t/text", "t/json", "t/empty");
        List<StreamMetadata> before = paths.stream().map(streams::metadata).toList();
        List<List<Offset>> boundaries = paths.stream().map(streams::boundaries).toList();

        streams.reopen();

        assertThat(paths.stream().map(streams::metadata)).isEqualTo(before);
        assertThat(paths.stream().map(streams::boundaries)).isEqualTo(boundaries);
        assertThat(streams.messages("t/text")).containsExactly("abc", "def");
        assertThat(streams.messages("t/json")).containsExactly("1", "[2]", "{}");
        assertThat(streams.page("t/text", Offset.ZERO).incarnation())
                .isEqualTo(before.get(0).incarnation());
        streams.isAbsent("t/deleted", ErrorKind.NOT_FOUND);
        assertThat(streams.appended("t/text", "ghi")).isEqualTo(Offset.at(9));
        assertThat(streams.content("t/text", Offset.at(3))).isEqualTo("defghi");
    }

    @Test
    default void a_stream_grows_over_many_lives_of_its_storage(StreamProbe streams) {
        streams.created("t/log", TEXT);
        StringBuilder expected = new StringBuilder();
        for (int life = 0; life < 5; life++) {
            for (int i = 0; i < 20; i++) {
                expected.append(life).append('.').append(i).append('\n');
                streams.appended("t/log", life + "." + i + "\n");
            }
            streams.reopen();
            assertThat(streams.content("t/log")).isEqualTo(expected.toString());
        }
        assertThat(streams.messages("t/log")).hasSize(100);
    }

    @Test
    default void a_closed_stream_stays_closed(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.closed("t/log");

        streams.reopen();

        assertThat(streams.page("t/log", Offset.BEGINNING).closed()).isTrue();
        refused(streams.append(streams.request("t/log", "d")), ErrorKind.CLOSED);
        streams.duplicate(AppendRequest.closing("t/log"));
    }

    @Test
    default void producers_and_sequences_are_remembered(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 3, 0).withSequence("m"));
        streams.appended(streams.request("t/log", "b", "p", 3, 1));

        streams.reopen();

        assertThat(streams.duplicate(streams.request("t/log", "b", "p", 3, 0)))
                .isEqualTo(new AppendResult.Duplicate(Offset.at(2), false, new Producer("p", 3, 1)));
        refused(streams.append(streams.request("t/log", "x", "p", 2, 0)), ErrorKind.PRODUCER_FENCED);
        refused(streams.append(streams.request("t/log", "x", "p", 3, 3)), ErrorKind.PRODUCER_GAP);
        refused(streams.append(streams.request("t/log", "x").withSequence("m")), ErrorKind.SEQUENCE_CONFLICT);
        streams.appended(streams.request("t/log", "c", "p", 3, 2).withSequence("n"));
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void the_request_that_closed_a_stream_is_remembered(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0).withClose());

        streams.reopen();

        streams.duplicate(streams.request("t/log", "other", "p", 0, 0).withClose());
        refused(streams.append(streams.request("t/log", "b", "p", 0, 1)), ErrorKind.CLOSED);
    }

    @Test
    default void configurations_are_remembered(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.RETENTION);
        CreateRequest sliding = CreateRequest.of("t/sliding", TEXT.withTtlSeconds(1_000));
        CreateRequest ending = CreateRequest.of("t/ending", TEXT.withExpiresAt(StreamCreationRules.LATER));
        CreateRequest kept = CreateRequest.of("t/kept", TEXT.withRetention(new Retention(1_000L, 2_000L, 3_000L)));
        List.of(sliding, ending, kept).forEach(streams::created);

        streams.reopen();

        for (CreateRequest request : List.of(sliding, ending, kept)) {
            assertThat(streams.create(request)).isInstanceOf(CreateResult.Existing.class);
            refused(streams.create(CreateRequest.of(request.path(), TEXT)), ErrorKind.ALREADY_EXISTS);
        }
    }

    @Test
    default void forks_and_softly_deleted_sources_are_remembered(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2,3]");
        CreateRequest fork = CreateRequest.of("t/fork", JSON)
                .withFork(new Fork("t/source", Offset.ZERO, 2L))
                .withBody(bytes("[4]"));
        streams.created(fork);
        streams.deleted("t/source");

        streams.reopen();

        streams.isAbsent("t/source", ErrorKind.GONE);
        assertThat(streams.content("t/fork")).isEqualTo("[1,2,4]");
        assertThat(streams.create(fork)).isInstanceOf(CreateResult.Existing.class);
        streams.appended("t/fork", "5");
        streams.reopen();
        assertThat(streams.content("t/fork")).isEqualTo("[1,2,4,5]");
        assertThat(streams.delete("t/fork")).isEqualTo(new DeleteResult.Deleted(false));
        StreamProbe.eventually(
                "the source is free",
                () -> streams.create(CreateRequest.of("t/source", TEXT)) instanceof CreateResult.Created);
    }

    @Test
    default void a_batch_is_still_a_batch_for_sub_offsets(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2]");
        streams.appended("t/source", "[3,4]");

        streams.reopen();

        refused(
                streams.create(CreateRequest.of("t/fork", JSON).withFork(new Fork("t/source", Offset.ZERO, 3L))),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
        streams.forked("t/fork", new Fork("t/source", Offset.at(4), 1L));
        assertThat(streams.content("t/fork")).isEqualTo("[1,2,3]");
    }

    @Test
    default void a_restart_counts_as_an_access_and_a_fixed_end_stays(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        StreamMetadata sliding = streams.created("t/sliding", TEXT.withTtlSeconds(100));
        streams.created("t/ending", TEXT.withExpiresAt(sliding.createdAt().plusSeconds(100)));
        streams.advanceSeconds(80);

        streams.reopen();
        streams.advanceSeconds(80);

        assertThat(streams.exists("t/sliding")).isTrue();
        streams.isAbsent("t/ending", ErrorKind.NOT_FOUND);
        streams.advanceSeconds(40);
        streams.isAbsent("t/sliding", ErrorKind.NOT_FOUND);
    }

    @Test
    default void what_retention_removed_stays_removed(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(null, null, 2L)));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/log", "x" + i);
        }
        StreamProbe.eventually("two are left", () -> streams.messages("t/log").size() == 2);

        streams.reopen();

        assertThat(streams.metadata("t/log").earliest()).isEqualTo(Offset.at(6));
        refused(streams.read("t/log", Offset.at(4)), ErrorKind.COMPACTED);
        assertThat(streams.messages("t/log")).containsExactly("x3", "x4");
    }

    @Test
    default void incarnations_are_never_used_again(StreamProbe streams) {
        Set<Long> incarnations = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            incarnations.add(streams.created("t/log", TEXT).incarnation());
            streams.deleted("t/log");
            streams.reopen();
        }

        assertThat(incarnations).hasSize(5);
    }

    @Test
    default void the_feed_and_reserved_streams_are_remembered(StreamProbe streams) {
        streams.needs(StreamCapability.RESERVED_STREAMS);
        streams.created("t/log", TEXT);
        StreamProbe.await(streams.storage().appendReserved(AppendRequest.of("__own", "text/plain", bytes("abc"))));
        List<String> feed = streams.messages(StreamReservedRules.REGISTRY);

        streams.reopen();

        assertThat(streams.messages(StreamReservedRules.REGISTRY)).isEqualTo(feed);
        assertThat(streams.content("__own")).isEqualTo("abc");
        streams.deleted("t/log");
        assertThat(streams.messages(StreamReservedRules.REGISTRY)).hasSize(feed.size() + 1);
    }

    @Test
    default void the_listing_is_the_same(StreamProbe streams) {
        streams.needs(StreamCapability.LIST);
        for (String path : List.of("b", "a/2", "a/1", "é", "a")) {
            streams.created(path, TEXT);
        }

        streams.reopen();

        assertThat(streams.paths()).containsExactly("a", "a/1", "a/2", "b", "é");
    }
}
