package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.BYTES;
import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.refused;
import static dev.varve.testkit.StreamProbe.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Forks: a shared past, separate futures. Their lifetimes are in {@link StreamExpiryRules}. */
interface StreamForkRules {

    private static CreateRequest fork(String path, String source, @Nullable Offset offset, @Nullable Long subOffset) {
        return CreateRequest.of(path, StreamConfig.DEFAULT).withFork(new Fork(source, offset, subOffset));
    }

    // ---- creation

    @Test
    default void a_fork_at_the_tail_holds_everything_so_far(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.appended("t/source", "def");

        StreamMetadata fork = streams.forked("t/fork", Fork.atTailOf("t/source"));

        assertThat(fork.next()).isEqualTo(Offset.at(6));
        assertThat(fork.earliest()).isEqualTo(Offset.ZERO);
        assertThat(fork.closed()).isFalse();
        assertThat(streams.messages("t/fork")).containsExactly("abc", "def");
        assertThat(streams.metadata("t/fork")).isEqualTo(fork);
    }

    @Test
    default void a_fork_at_any_offset_holds_what_is_before_it(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,22,333]");
        streams.appended("t/source", "[4,55]");
        List<String> messages = streams.messages("t/source");
        List<Offset> boundaries = streams.boundaries("t/source");

        for (int i = 0; i < boundaries.size(); i++) {
            StreamMetadata fork = streams.forked("t/fork" + i, new Fork("t/source", boundaries.get(i), null));
            assertThat(fork.next()).isEqualTo(boundaries.get(i));
            assertThat(streams.messages("t/fork" + i)).isEqualTo(messages.subList(0, i));
            assertThat(streams.boundaries("t/fork" + i)).isEqualTo(boundaries.subList(0, i + 1));
        }
    }

    @Test
    default void the_tail_of_a_new_fork_can_be_read_and_is_empty(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.appended("t/source", "def");

        Offset tail = streams.forked("t/fork", new Fork("t/source", Offset.at(3), null))
                .next();

        ReadResult.Page page = streams.page("t/fork", tail);
        assertThat(page.data().remaining()).isZero();
        assertThat(page.hasMore()).isFalse();
        refused(streams.read("t/fork", Offset.at(6)), ErrorKind.INVALID_OFFSET);
    }

    @Test
    default void the_offset_before_any_data_is_good_for_every_fork_of_a_fork(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/0", TEXT, "abc");
        for (int i = 1; i < 5; i++) {
            streams.created(fork("t/" + i, "t/" + (i - 1), Offset.ZERO, null).withBody(bytes("x")));
            assertThat(streams.content("t/" + i)).isEqualTo("x");
        }
    }

    @Test
    default void a_body_follows_the_inherited_data(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2]");

        StreamMetadata fork =
                streams.created(fork("t/fork", "t/source", null, null).withBody(bytes("[3,4]")));

        assertThat(fork.next()).isEqualTo(Offset.at(8));
        assertThat(streams.content("t/fork")).isEqualTo("[1,2,3,4]");
        assertThat(streams.content("t/source")).isEqualTo("[1,2]");
    }

    @Test
    default void a_fork_may_be_created_closed(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");

        streams.created(
                fork("t/fork", "t/source", null, null).withBody(bytes("d")).withClosed());

        assertThat(streams.page("t/fork", Offset.BEGINNING).closed()).isTrue();
        assertThat(streams.content("t/fork")).isEqualTo("abcd");
        streams.appended("t/source", "x");
    }

    @Test
    default void a_fork_of_a_closed_stream_is_open(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.closed("t/source");

        assertThat(streams.forked("t/fork", Fork.atTailOf("t/source")).closed()).isFalse();

        streams.appended("t/fork", "d");
        assertThat(streams.content("t/fork")).isEqualTo("abcd");
    }

    @Test
    default void the_content_type_is_inherited_or_the_same(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", StreamConfig.of("Text/Plain; charset=utf-8"));
        Fork fork = Fork.atTailOf("t/source");

        assertThat(streams.forked("t/a", fork).contentType()).isEqualTo("Text/Plain; charset=utf-8");
        assertThat(streams.created(CreateRequest.of("t/b", TEXT).withFork(fork)).contentType())
                .isEqualTo("text/plain");
        refused(streams.create(CreateRequest.of("t/c", JSON).withFork(fork)), ErrorKind.CONTENT_TYPE_MISMATCH);
        streams.isAbsent("t/c", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_missing_source_is_not_found(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);

        refused(streams.create(fork("t/fork", "t/none", null, null)), ErrorKind.NOT_FOUND);
        refused(streams.create(fork("t/fork", "t/fork", null, null)), ErrorKind.NOT_FOUND);
        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -2, 1, 2, 4, 7, Offset.MAX_POSITION})
    default void an_offset_that_is_none_of_the_source_is_refused(long position, StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.appended("t/source", "def");

        refused(
                streams.create(fork("t/fork", "t/source", new Offset(position), null)),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
    }

    @Test
    default void an_invalid_body_creates_no_fork_and_holds_nothing_of_the_source(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1]");

        refused(streams.create(fork("t/fork", "t/source", null, null).withBody(bytes("{"))), ErrorKind.INVALID_JSON);

        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
        assertThat(streams.delete("t/source")).isEqualTo(new DeleteResult.Deleted(false));
        streams.isAbsent("t/source", ErrorKind.NOT_FOUND);
    }

    @Test
    default void refused_forks_hold_nothing_of_the_source(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created("t/taken", JSON);
        streams.create(fork("t/taken", "t/source", null, null));
        streams.create(fork("t/fork", "t/source", Offset.at(2), null));
        streams.create(fork("t/fork", "t/source", Offset.ZERO, 4L));
        streams.create(CreateRequest.of("t/fork", JSON).withFork(Fork.atTailOf("t/source")));

        assertThat(streams.delete("t/source")).isEqualTo(new DeleteResult.Deleted(false));

        streams.isAbsent("t/source", ErrorKind.NOT_FOUND);
        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
    }

    // ---- sub-offsets

    @ParameterizedTest
    @CsvSource({"0, 0, ''", "0, 1, a", "0, 2, ab", "0, 3, abc", "3, 1, abcd", "3, 2, abcde", "5, 0, abcde"})
    default void a_sub_offset_counts_bytes(long offset, long subOffset, String content, StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", BYTES, "abc");
        streams.appended("t/source", "de");

        StreamMetadata fork = streams.created(fork("t/fork", "t/source", Offset.at(offset), subOffset));

        assertThat(fork.next()).isEqualTo(Offset.at(content.length()));
        assertThat(streams.content("t/fork")).isEqualTo(content);
        assertThat(streams.content("t/fork", fork.next())).isEmpty();
        streams.appended("t/fork", "X");
        assertThat(streams.content("t/fork")).isEqualTo(content + "X");
        assertThat(streams.content("t/fork", fork.next()))
                .as("from the fork point")
                .isEqualTo("X");
    }

    @ParameterizedTest
    @CsvSource({"0, 1, '[1]'", "0, 3, '[1,2,3]'", "2, 1, '[1,2]'", "2, 2, '[1,2,3]'", "6, 2, '[1,2,3,4,5]'"})
    default void in_json_a_sub_offset_counts_messages(
            long offset, long subOffset, String content, StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2,3]");
        streams.appended("t/source", "[4,5]");

        streams.created(fork("t/fork", "t/source", Offset.at(offset), subOffset));

        assertThat(streams.content("t/fork")).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "0, 5", "3, 3", "5, 1", "0, 9007199254740993", "0, -1"})
    default void a_sub_offset_reaches_to_the_end_of_its_append_at_most(
            long offset, long subOffset, StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.appended("t/source", "de");

        refused(
                streams.create(fork("t/fork", "t/source", Offset.at(offset), subOffset)),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "0, 5", "2, 3", "6, 3", "10, 1", "0, 9007199254740993"})
    default void in_json_a_sub_offset_reaches_to_the_end_of_its_batch_at_most(
            long offset, long subOffset, StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2,3]");
        streams.appended("t/source", "[4,5]");

        refused(
                streams.create(fork("t/fork", "t/source", Offset.at(offset), subOffset)),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
    }

    @Test
    default void a_sub_offset_needs_an_offset_and_some_data(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created("t/empty", TEXT);

        refused(
                streams.create(fork("t/fork", "t/source", null, 1L)),
                ErrorKind.INVALID_PARAMS,
                ErrorKind.INVALID_OFFSET);
        refused(
                streams.create(fork("t/fork", "t/empty", Offset.ZERO, 1L)),
                ErrorKind.INVALID_PARAMS,
                ErrorKind.INVALID_OFFSET);
        streams.created(fork("t/fork", "t/source", null, 0L));
    }

    @Test
    default void a_fork_point_inside_an_append_is_an_offset_of_the_fork_alone(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created(fork("t/fork", "t/source", Offset.ZERO, 2L).withBody(bytes("X")));

        assertThat(streams.boundaries("t/fork")).containsExactly(Offset.ZERO, Offset.at(2), Offset.at(3));
        assertThat(streams.messages("t/fork")).containsExactly("ab", "X");
        refused(streams.read("t/source", Offset.at(2)), ErrorKind.INVALID_OFFSET);
        refused(streams.read("t/fork", Offset.at(1)), ErrorKind.INVALID_OFFSET);
    }

    @Test
    default void forks_with_sub_offsets_can_be_forked_with_sub_offsets(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/0", TEXT, "abcdef");
        streams.created(fork("t/1", "t/0", Offset.ZERO, 4L).withBody(bytes("123")));
        streams.created(fork("t/2", "t/1", Offset.ZERO, 3L).withBody(bytes("xyz")));
        streams.created(fork("t/3", "t/1", Offset.at(4), 2L).withBody(bytes("!")));

        assertThat(streams.messages("t/1")).containsExactly("abcd", "123");
        assertThat(streams.messages("t/2")).containsExactly("abc", "xyz");
        assertThat(streams.messages("t/3")).containsExactly("abcd", "12", "!");
        refused(
                streams.create(fork("t/4", "t/1", Offset.ZERO, 5L)),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
    }

    @Test
    default void in_json_an_inherited_part_of_a_batch_is_a_batch(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/0", JSON, "[1,2,3]");
        streams.created(fork("t/1", "t/0", Offset.ZERO, 2L).withBody(bytes("[7,8,9]")));

        refused(
                streams.create(fork("t/2", "t/1", Offset.ZERO, 3L)),
                ErrorKind.INVALID_OFFSET,
                ErrorKind.INVALID_PARAMS);
        streams.created(fork("t/2", "t/1", Offset.ZERO, 2L));
        streams.created(fork("t/3", "t/1", Offset.at(4), 2L));

        assertThat(streams.content("t/2")).isEqualTo("[1,2]");
        assertThat(streams.content("t/3")).isEqualTo("[1,2,7,8]");
    }

    // ---- repeated creation

    @Test
    default void a_repeated_fork_is_found(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.appended("t/source", "def");
        streams.created(fork("t/tail", "t/source", null, null));
        streams.created(fork("t/middle", "t/source", Offset.at(3), 1L));
        streams.appended("t/source", "ghi");

        assertThat(streams.create(fork("t/tail", "t/source", null, null)))
                .isEqualTo(new CreateResult.Existing(streams.metadata("t/tail")));
        assertThat(streams.create(fork("t/tail", "t/source", null, 0L))).isInstanceOf(CreateResult.Existing.class);
        assertThat(streams.create(fork("t/tail", "t/source", Offset.at(6), null)))
                .isInstanceOf(CreateResult.Existing.class);
        assertThat(streams.create(fork("t/middle", "t/source", Offset.at(3), 1L)))
                .isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    default void a_repeated_fork_is_found_even_after_its_source_is_deleted(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created(fork("t/fork", "t/source", Offset.at(3), null));
        streams.deleted("t/source");

        assertThat(streams.create(fork("t/fork", "t/source", Offset.at(3), null)))
                .isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    default void another_fork_configuration_is_another_stream(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created("t/other", TEXT, "abc");
        streams.created("t/plain", TEXT, "abc");
        streams.created(fork("t/fork", "t/source", Offset.ZERO, 2L));

        for (CreateRequest other : List.of(
                fork("t/fork", "t/other", Offset.ZERO, 2L),
                fork("t/fork", "t/source", Offset.ZERO, 1L),
                fork("t/fork", "t/source", Offset.ZERO, null),
                fork("t/fork", "t/source", Offset.at(3), 2L),
                fork("t/fork", "t/source", Offset.ZERO, 2L).withClosed(),
                CreateRequest.of("t/fork", TEXT),
                fork("t/plain", "t/source", null, null))) {
            refused(streams.create(other), ErrorKind.ALREADY_EXISTS);
        }
        assertThat(streams.content("t/fork")).isEqualTo("ab");
    }

    // ---- separate lives

    @Test
    default void later_appends_stay_with_the_stream_they_went_to(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/one", Fork.atTailOf("t/source"));
        streams.forked("t/two", Fork.atTailOf("t/source"));

        streams.appended("t/source", "S");
        assertThat(streams.appended("t/one", "11")).isEqualTo(Offset.at(5));
        streams.appended("t/two", "222");

        assertThat(streams.content("t/source")).isEqualTo("abcS");
        assertThat(streams.content("t/one")).isEqualTo("abc11");
        assertThat(streams.content("t/two")).isEqualTo("abc222");
        assertThat(streams.content("t/two", Offset.at(3))).isEqualTo("222");
    }

    @Test
    default void closing_one_does_not_close_the_other(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/a", Fork.atTailOf("t/source"));
        streams.forked("t/b", Fork.atTailOf("t/source"));

        streams.closed("t/a");
        streams.appended("t/source", "d");
        streams.closed("t/source");
        streams.appended("t/b", "e");

        assertThat(streams.metadata("t/b").closed()).isFalse();
    }

    @Test
    default void appends_to_a_source_do_not_wake_listeners_of_the_fork(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/fork", Fork.atTailOf("t/source"));
        Queue<StreamChange> heard = new ConcurrentLinkedQueue<>();
        Subscription subscription = streams.storage().subscribe("t/fork", heard::add);

        streams.appended("t/source", "d");
        streams.closed("t/source");
        streams.deleted("t/source");
        Offset tail = streams.appended("t/fork", "e");

        eventually("the fork's own append is told", () -> !heard.isEmpty());
        subscription.close();
        assertThat(heard).allSatisfy(change -> {
            assertThat(change.path()).isEqualTo("t/fork");
            assertThat(change.next()).isEqualTo(tail);
        });
    }

    @Test
    default void a_fork_inherits_neither_producers_nor_sequence(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS, StreamCapability.PRODUCERS);
        streams.created("t/source", JSON);
        streams.appended(streams.request("t/source", "[1,2,3]", "p", 5, 0).withSequence("z"));
        streams.created(fork("t/fork", "t/source", Offset.ZERO, 2L));

        refused(streams.append(streams.request("t/fork", "4", "p", 5, 1)), ErrorKind.PRODUCER_GAP);
        streams.appended(streams.request("t/fork", "4", "p", 0, 0).withSequence("a"));

        assertThat(streams.content("t/fork")).isEqualTo("[1,2,4]");
    }

    @Test
    default void pages_cross_the_fork_point(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", JSON, "[1,2,3]");
        streams.created(fork("t/fork", "t/source", Offset.ZERO, 2L).withBody(bytes("[4,5]")));
        streams.created(fork("t/next", "t/fork", Offset.at(6), null).withBody(bytes("[6]")));

        assertThat(streams.content("t/next")).isEqualTo("[1,2,4,6]");
        assertThat(streams.content("t/next", Offset.ZERO, 1)).isEqualTo("[1,2,4,6]");
        assertThat(streams.content("t/next", Offset.ZERO, 5)).isEqualTo("[1,2,4,6]");
        assertThat(streams.messages("t/next", Offset.at(2))).containsExactly("2", "4", "6");
        assertThat(text(streams.page("t/next", Offset.at(4)).data())).isEqualTo("[4,6]");
    }

    // ---- depth

    @Test
    default void a_chain_has_at_most_sixty_four_forks(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/0", TEXT, "0.");
        StringBuilder content = new StringBuilder("0.");
        for (int i = 1; i <= 64; i++) {
            content.append(i).append('.');
            streams.created(fork("t/" + i, "t/" + (i - 1), null, null).withBody(bytes(i + ".")));
        }

        assertThat(streams.content("t/64")).isEqualTo(content.toString());
        refused(streams.create(fork("t/65", "t/64", null, null)), ErrorKind.FORK_DEPTH);
        streams.forked("t/sibling", Fork.atTailOf("t/63"));
        assertThat(streams.delete("t/64")).isEqualTo(new DeleteResult.Deleted(false));
    }

    @Test
    default void a_stream_may_have_many_forks(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        for (int i = 0; i < 100; i++) {
            streams.created(fork("t/fork" + i, "t/source", null, null).withBody(bytes("" + i)));
        }

        for (int i = 0; i < 100; i++) {
            assertThat(streams.content("t/fork" + i)).isEqualTo("abc" + i);
        }
    }

    // ---- deletion

    @Test
    default void a_source_with_forks_is_deleted_softly(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/fork", Fork.atTailOf("t/source"));

        assertThat(streams.delete("t/source")).isEqualTo(new DeleteResult.Deleted(true));

        streams.isAbsent("t/source", ErrorKind.GONE);
        refused(streams.create(CreateRequest.of("t/source", TEXT)), ErrorKind.ALREADY_EXISTS);
        refused(streams.create(CreateRequest.of("t/source", JSON)), ErrorKind.ALREADY_EXISTS);
        refused(streams.create(fork("t/more", "t/source", null, null)), ErrorKind.FORK_SOURCE_GONE);
        assertThat(streams.content("t/fork")).isEqualTo("abc");
        streams.appended("t/fork", "d");
        assertThat(streams.content("t/fork")).isEqualTo("abcd");
    }

    @Test
    default void the_last_fork_takes_a_deleted_source_with_it(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/a", Fork.atTailOf("t/source"));
        streams.forked("t/b", Fork.atTailOf("t/source"));
        streams.deleted("t/source");

        streams.deleted("t/a");
        streams.isAbsent("t/source", ErrorKind.GONE);
        streams.deleted("t/b");

        eventuallyNotFound(streams, "t/source");
        streams.created("t/source", JSON);
        assertThat(streams.content("t/source")).isEqualTo("[]");
    }

    @Test
    default void deletion_cascades_up_a_chain(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        int length = 20;
        streams.created("t/0", TEXT, "0");
        for (int i = 1; i < length; i++) {
            streams.created(fork("t/" + i, "t/" + (i - 1), null, null).withBody(bytes("x")));
        }
        for (int i = 0; i < length - 1; i++) {
            assertThat(streams.delete("t/" + i)).isEqualTo(new DeleteResult.Deleted(true));
        }
        assertThat(streams.content("t/" + (length - 1))).isEqualTo("0" + "x".repeat(length - 1));

        streams.deleted("t/" + (length - 1));

        for (int i = 0; i < length; i++) {
            eventuallyNotFound(streams, "t/" + i);
        }
    }

    @Test
    default void the_middle_of_a_chain_can_go_without_loss(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/0", TEXT, "abc");
        streams.created(fork("t/1", "t/0", null, null).withBody(bytes("def")));
        streams.created(fork("t/2", "t/1", null, null).withBody(bytes("ghi")));

        streams.deleted("t/1");

        assertThat(streams.content("t/2")).isEqualTo("abcdefghi");
        assertThat(streams.content("t/0")).isEqualTo("abc");
        streams.deleted("t/2");
        eventuallyNotFound(streams, "t/1");
        assertThat(streams.content("t/0")).isEqualTo("abc");
        assertThat(streams.delete("t/0")).isEqualTo(new DeleteResult.Deleted(false));
    }

    @Test
    default void a_living_source_survives_all_its_forks(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        List<String> forks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            forks.add(streams.forked("t/fork" + i, Fork.atTailOf("t/source")).path());
        }

        forks.forEach(streams::deleted);

        assertThat(streams.content("t/source")).isEqualTo("abc");
        streams.appended("t/source", "d");
        assertThat(streams.delete("t/source")).isEqualTo(new DeleteResult.Deleted(false));
    }

    @Test
    default void a_path_can_hold_a_fork_and_later_a_stream_of_its_own(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.forked("t/log", Fork.atTailOf("t/source"));
        streams.deleted("t/log");

        streams.created("t/log", JSON, "[1]");

        assertThat(streams.content("t/log")).isEqualTo("[1]");
        streams.appended(AppendRequest.of("t/log", "application/json", bytes("2")));
        assertThat(streams.content("t/log")).isEqualTo("[1,2]");
    }

    @Test
    default void a_source_can_be_recreated_and_forked_again(StreamProbe streams) {
        streams.needs(StreamCapability.FORKS);
        streams.created("t/source", TEXT, "old");
        streams.forked("t/fork", Fork.atTailOf("t/source"));
        streams.deleted("t/fork");
        streams.deleted("t/source");
        streams.created("t/source", TEXT, "newer");

        streams.forked("t/fork", Fork.atTailOf("t/source"));

        assertThat(streams.content("t/fork")).isEqualTo("newer");
        assertThat(streams.delete("t/source")).isEqualTo(new DeleteResult.Deleted(true));
    }

    private static void eventuallyNotFound(StreamProbe streams, String path) {
        eventually(
                path + " is not found",
                () -> streams.find(path) instanceof Refusal refusal && refusal.kind() == ErrorKind.NOT_FOUND);
    }
}
