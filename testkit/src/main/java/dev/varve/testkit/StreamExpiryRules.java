package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Lifetimes: sliding ones of 100 seconds and fixed ends 100 seconds ahead, in a time that the tests move. */
interface StreamExpiryRules {

    StreamConfig SLIDING = TEXT.withTtlSeconds(100);

    /** The storage's own time, as it shows in a stream created now. */
    private static Instant now(StreamProbe streams) {
        Instant now = streams.created("clock", TEXT).createdAt();
        streams.deleted("clock");
        return now;
    }

    private static StreamConfig ending(StreamProbe streams, long seconds) {
        return TEXT.withExpiresAt(now(streams).plusSeconds(seconds));
    }

    @Test
    default void metadata_shows_the_configured_lifetime(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        Instant end = Instant.parse("2100-01-01T00:00:00.250Z");
        streams.created("t/sliding", SLIDING);
        streams.created("t/ending", TEXT.withExpiresAt(end));

        assertThat(streams.metadata("t/sliding").ttlSeconds()).isEqualTo(100);
        assertThat(streams.metadata("t/sliding").expiresAt()).isNull();
        assertThat(streams.metadata("t/ending").ttlSeconds()).isNull();
        assertThat(streams.metadata("t/ending").expiresAt()).isEqualTo(end);
    }

    @Test
    default void a_fork_over_an_expired_stream_branches_off_where_it_was_asked_to(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        Offset middle = streams.tail("t/source");
        streams.appended("t/source", "def");
        streams.created("t/log", SLIDING, "old");
        streams.advanceSeconds(100);

        streams.created(CreateRequest.of("t/log", StreamConfig.DEFAULT).withFork(new Fork("t/source", middle, null)));

        assertThat(streams.tail("t/log")).isEqualTo(middle);
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void metadata_shows_the_configured_lifetime_and_not_the_rest(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING);
        streams.advanceSeconds(60);

        assertThat(streams.metadata("t/log").ttlSeconds()).isEqualTo(100);
    }

    @Test
    default void a_stream_expires_when_its_sliding_lifetime_is_over(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING, "abc");

        streams.advance(Duration.ofMillis(99_900));
        assertThat(streams.exists("t/log")).isTrue();
        streams.advance(Duration.ofMillis(200));

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_stream_expires_at_its_fixed_end(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", ending(streams, 100));

        streams.advance(Duration.ofMillis(99_900));
        assertThat(streams.exists("t/log")).isTrue();
        streams.advance(Duration.ofMillis(200));

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_fixed_end_is_never_moved(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", ending(streams, 100));
        for (int i = 0; i < 9; i++) {
            streams.advanceSeconds(10);
            streams.page("t/log", Offset.BEGINNING);
            streams.appended("t/log", "x");
        }
        streams.advanceSeconds(11);

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_lifetime_of_nothing_is_over_at_once(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", TEXT.withTtlSeconds(0));
        streams.advance(Duration.ofMillis(1));

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_very_long_lifetime_is_no_overflow(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", TEXT.withTtlSeconds(Long.MAX_VALUE));
        streams.advanceSeconds(1_000_000);

        assertThat(streams.metadata("t/log").ttlSeconds()).isEqualTo(Long.MAX_VALUE);
    }

    static Stream<Arguments> accesses() {
        return Stream.of(
                access("a read", streams -> streams.page("t/log", Offset.BEGINNING)),
                access("a read from now", streams -> streams.page("t/log", Offset.NOW)),
                access("a read of messages", streams -> streams.messages("t/log")),
                access("an append", streams -> streams.appended("t/log", "x")),
                access(
                        "a refused append",
                        streams -> refused(
                                streams.append(AppendRequest.of("t/log", "text/html", bytes("x"))),
                                ErrorKind.CONTENT_TYPE_MISMATCH)),
                access(
                        "a creation that finds the stream",
                        streams -> assertThat(streams.create(CreateRequest.of("t/log", SLIDING)))
                                .isInstanceOf(CreateResult.Existing.class)),
                access("closing", streams -> streams.closed("t/log")),
                access("an append of a producer", streams -> {
                    streams.needs(StreamCapability.PRODUCERS);
                    streams.appended(streams.request("t/log", "x", "p", 0, 0));
                }),
                access("closing by a producer", streams -> {
                    streams.needs(StreamCapability.PRODUCERS);
                    streams.appended(AppendRequest.closing("t/log").withProducer(new Producer("p", 0, 0)));
                }),
                access("an atomic append", streams -> {
                    streams.needs(StreamCapability.ATOMIC_APPEND);
                    streams.appendAll(streams.request("t/log", "x"));
                }));
    }

    private static Arguments access(String name, Consumer<StreamProbe> access) {
        return arguments(Named.of(name, access));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.StreamExpiryRules#accesses")
    default void reads_and_writes_renew_a_sliding_lifetime(Consumer<StreamProbe> access, StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING);
        streams.advanceSeconds(60);
        access.accept(streams);
        streams.advanceSeconds(80);
        assertThat(streams.exists("t/log")).as("within the renewed lifetime").isTrue();

        streams.advanceSeconds(40);

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_look_at_the_metadata_does_not_renew_a_lifetime(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING);
        for (int i = 0; i < 9; i++) {
            streams.advanceSeconds(10);
            assertThat(streams.exists("t/log")).isTrue();
        }
        streams.advanceSeconds(11);

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void a_path_is_free_as_soon_as_its_stream_has_expired(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        long first = streams.created("t/log", SLIDING, "abc").incarnation();
        streams.advanceSeconds(101);

        StreamMetadata second = streams.created("t/log", JSON, "[1]");

        assertThat(second.incarnation()).isNotEqualTo(first);
        assertThat(streams.content("t/log")).isEqualTo("[1]");
        assertThat(second.ttlSeconds()).isNull();
    }

    @Test
    default void an_expired_stream_is_not_listed(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.LIST);
        streams.created("t/a", SLIDING);
        streams.created("t/b", TEXT);
        streams.advanceSeconds(101);

        assertThat(streams.paths()).containsExactly("t/b");
    }

    @Test
    default void a_stream_with_a_subscription_does_not_expire(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING, "abc");
        Subscription subscription = streams.storage().subscribe("t/log", change -> {});
        streams.advanceSeconds(1_000);
        assertThat(streams.exists("t/log")).isTrue();
        assertThat(streams.content("t/log")).isEqualTo("abc");

        subscription.close();
        streams.advanceSeconds(101);

        streams.isAbsent("t/log", ErrorKind.NOT_FOUND);
    }

    @Test
    default void the_end_of_a_subscription_counts_as_an_access(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY);
        streams.created("t/log", SLIDING);
        Subscription subscription = streams.storage().subscribe("t/log", change -> {});
        streams.advanceSeconds(1_000);

        subscription.close();
        streams.advanceSeconds(80);

        assertThat(streams.exists("t/log")).isTrue();
    }

    @Test
    default void an_expiry_is_told_as_a_deletion(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.SUBSCRIBE_ALL);
        streams.created("t/log", SLIDING);
        Queue<StreamChange> heard = new ConcurrentLinkedQueue<>();
        try (Subscription all = streams.storage().subscribeAll(heard::add)) {
            assertThat(all).isNotNull();
            streams.advanceSeconds(101);

            eventually(
                    "the deletion is told",
                    () -> !streams.exists("t/log")
                            && heard.stream()
                                    .anyMatch(change -> change.path().equals("t/log")
                                            && change.type() == StreamChange.Type.DELETED));
        }
    }

    // ---- forks

    @ParameterizedTest
    @CsvSource({
        "none, none, none", "none, ttl, ttl", "none, end, end",
        "ttl, none, inherited ttl", "ttl, ttl, ttl", "ttl, end, end",
        "end, none, inherited end", "end, ttl, ttl", "end, end, end",
    })
    default void a_fork_has_the_lifetime_it_asks_for_or_else_inherits(
            String source, String fork, String expected, StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.FORKS);
        Instant start = now(streams);
        streams.created("t/source", lifetime(source, 100, start));

        StreamMetadata forked = streams.created(
                CreateRequest.of("t/fork", lifetime(fork, 300, start)).withFork(Fork.atTailOf("t/source")));

        @Nullable Long ttlSeconds = expected.endsWith("ttl") ? expected.startsWith("inherited") ? 100L : 300L : null;
        @Nullable Instant end = expected.endsWith("end") ? start.plusSeconds(expected.startsWith("inherited") ? 100 : 300) : null;
        assertThat(forked.ttlSeconds()).isEqualTo(ttlSeconds);
        assertThat(forked.expiresAt()).isEqualTo(end);
        streams.advanceSeconds(101);
        assertThat(streams.exists("t/fork")).isEqualTo(!expected.startsWith("inherited"));
        streams.advanceSeconds(200);
        assertThat(streams.exists("t/fork")).isEqualTo(expected.equals("none"));
    }

    private static StreamConfig lifetime(String sort, long seconds, Instant start) {
        return switch (sort) {
            case "ttl" -> TEXT.withTtlSeconds(seconds);
            case "end" -> TEXT.withExpiresAt(start.plusSeconds(seconds));
            default -> TEXT;
        };
    }

    @Test
    default void a_fork_with_an_inherited_lifetime_renews_its_own(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.FORKS);
        streams.created("t/source", SLIDING);
        streams.forked("t/fork", Fork.atTailOf("t/source"));
        streams.advanceSeconds(60);
        streams.page("t/fork", Offset.BEGINNING);
        streams.advanceSeconds(60);

        assertThat(streams.exists("t/fork")).isTrue();
        assertThat(streams.exists("t/source")).isFalse();
    }

    @Test
    default void a_fork_keeps_the_data_of_an_expired_source(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.FORKS);
        streams.created("t/source", SLIDING, "abc");
        streams.created(CreateRequest.of("t/fork", TEXT.withTtlSeconds(10_000))
                .withFork(Fork.atTailOf("t/source"))
                .withBody(bytes("def")));
        streams.advanceSeconds(101);

        streams.isAbsent("t/source", ErrorKind.NOT_FOUND, ErrorKind.GONE);
        assertThat(streams.content("t/fork")).isEqualTo("abcdef");
    }

    @Test
    default void the_expiry_of_the_last_fork_frees_a_deleted_source(StreamProbe streams) {
        streams.needs(StreamCapability.EXPIRY, StreamCapability.FORKS);
        streams.created("t/source", TEXT, "abc");
        streams.created(CreateRequest.of("t/fork", SLIDING).withFork(Fork.atTailOf("t/source")));
        streams.deleted("t/source");
        streams.isAbsent("t/source", ErrorKind.GONE);
        streams.advanceSeconds(101);

        eventually("the source is not found any more", () -> {
            streams.exists("t/fork");
            return streams.find("t/source") instanceof Refusal refusal && refusal.kind() == ErrorKind.NOT_FOUND;
        });
        streams.created("t/source", JSON);
    }
}
