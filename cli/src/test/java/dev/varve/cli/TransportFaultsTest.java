package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.varve.api.ErrorKind;
import dev.varve.api.Key;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.cli.FaultyProxy.Sent;
import dev.varve.client.VarveClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What programs are told that make a request for every call when something happens between them and the server: each fault, for each
 * class of operations. What they are told is compared with what the server has.
 */
@Timeout(240)
final class TransportFaultsTest extends FaultsTest {

    @Schema(prefix = {"app", "links"})
    record Link(@Key String slug, @Required String title, int visits) {}

    /** What happens to one request, and what a write makes of it. */
    enum Trouble {
        DELAY(null, false, false, null),
        CUT_BEFORE_THE_SERVER_SEES_IT(ErrorKind.TIMEOUT, false, true, null),
        CUT_WITHIN_THE_REQUEST(ErrorKind.TIMEOUT, false, true, null),
        CUT_BEFORE_THE_ANSWER(ErrorKind.TIMEOUT, false, true, null),
        CUT_WITHIN_THE_ANSWER(ErrorKind.TIMEOUT, false, true, null),
        TOO_MANY_REQUESTS(ErrorKind.RATE_LIMITED, true, false, Duration.ofSeconds(30)),
        FAULT_OF_THE_SERVER(ErrorKind.HTTP, false, true, null),
        UNAVAILABLE(ErrorKind.UNAVAILABLE, true, false, Duration.ofSeconds(7)),
        RESTART_BEFORE_THE_ANSWER(ErrorKind.TIMEOUT, false, true, null);

        /** What a write fails with; null when it goes through. */
        final @Nullable ErrorKind kind;

        final boolean retryable;
        final boolean unknown;
        final @Nullable Duration retryAfter;

        Trouble(@Nullable ErrorKind kind, boolean retryable, boolean unknown, @Nullable Duration retryAfter) {
            this.kind = kind;
            this.retryable = retryable;
            this.unknown = unknown;
            this.retryAfter = retryAfter;
        }

        Fault fault(boolean waits) {
            return switch (this) {
                case DELAY -> new Fault.Delay(Duration.ofMillis(30));
                case CUT_BEFORE_THE_SERVER_SEES_IT -> new Fault.CutBefore();
                case CUT_WITHIN_THE_REQUEST -> new Fault.CutWithin();
                case CUT_BEFORE_THE_ANSWER -> new Fault.CutAfter(() -> {});
                case CUT_WITHIN_THE_ANSWER -> new Fault.CutWithinAnswer();
                case TOO_MANY_REQUESTS ->
                    new Fault.Answer(429, Map.of("Retry-After", waits ? "30" : "0"), "{\"error\":\"rate_limited\"}");
                case FAULT_OF_THE_SERVER ->
                    new Fault.Answer(500, Map.of(), "{\"errors\":{\"detail\":\"Internal Server Error\"}}");
                case UNAVAILABLE -> new Fault.Answer(503, Map.of("Retry-After", waits ? "7" : "0"), "");
                case RESTART_BEFORE_THE_ANSWER -> new Fault.CutAfter(server::restart);
            };
        }

        /** How often the server has made a write after it. */
        int made() {
            return switch (this) {
                case DELAY, CUT_BEFORE_THE_ANSWER, CUT_WITHIN_THE_ANSWER, RESTART_BEFORE_THE_ANSWER -> 1;
                default -> 0;
            };
        }

        /** What a read fails with that is not tried again. */
        ErrorKind ofReads() {
            ErrorKind ofWrites = kind;
            return ofWrites == ErrorKind.TIMEOUT || ofWrites == null ? ErrorKind.NETWORK : ofWrites;
        }
    }

    /** What writes, and how often it has written, as others see it. */
    enum Writing {
        INSERT {
            @Override
            void run(Store store, Repository<Link> links) {
                links.insert(new Link("new", "New", 0), Precondition.ifAbsent());
            }

            @Override
            long made(Repository<Link> links) {
                return links.exists("new") ? 1 : 0;
            }
        },
        UPDATE {
            @Override
            void run(Store store, Repository<Link> links) {
                links.update("old", link -> new Link(link.slug(), link.title(), link.visits() + 1));
            }

            @Override
            long made(Repository<Link> links) {
                return links.get("old").visits();
            }
        },
        INCREMENT {
            @Override
            void run(Store store, Repository<Link> links) {
                links.increment("old", "visits", 1);
            }

            @Override
            long made(Repository<Link> links) {
                return links.get("old").visits();
            }
        },
        BATCH {
            @Override
            void run(Store store, Repository<Link> links) {
                store.batch()
                        .insert(links, new Link("new", "New", 0))
                        .delete(links, "old")
                        .commit();
            }

            @Override
            long made(Repository<Link> links) {
                assertThat(links.exists("new")).as("all or nothing").isNotEqualTo(links.exists("old"));
                return links.exists("new") ? 1 : 0;
            }
        },
        DELETE {
            @Override
            void run(Store store, Repository<Link> links) {
                links.delete("old");
            }

            @Override
            long made(Repository<Link> links) {
                return links.exists("old") ? 0 : 1;
            }
        };

        abstract void run(Store store, Repository<Link> links);

        abstract long made(Repository<Link> links);
    }

    private Store connected(Duration retryFor) {
        Varve varve = VarveClient.builder(proxy.url()).retryFor(retryFor).connect();
        open.push(varve);
        return varve.store(name);
    }

    private static boolean isWrite(Sent one) {
        return one.is("POST", "/entries/batch_write");
    }

    static Stream<Arguments> writes() {
        return Arrays.stream(Trouble.values())
                .flatMap(trouble -> Arrays.stream(Writing.values()).map(writing -> arguments(trouble, writing)));
    }

    // ---- writes

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("writes")
    void a_write_says_whether_it_was_made_and_is_made_once_at_most(Trouble trouble, Writing writing) {
        others().insert(new Link("old", "Old", 0));
        Store store = connected(Duration.ofSeconds(10));
        Repository<Link> links = store.repository(Link.class);
        int before = proxy.injected();
        proxy.once(TransportFaultsTest::isWrite, trouble.fault(true));
        if (trouble.kind == null) {
            writing.run(store, links);
        } else {
            VarveException failure = failure(() -> writing.run(store, links));
            assertThat(failure.kind()).as("%s", failure).isEqualTo(trouble.kind);
            assertThat(failure.retryable()).isEqualTo(trouble.retryable);
            assertThat(failure.outcomeUnknown()).isEqualTo(trouble.unknown);
            assertThat(failure.retryAfter().orElse(null)).isEqualTo(trouble.retryAfter);
            assertThat(trouble.made() == 0 || failure.outcomeUnknown())
                    .as("what is said not to be made is not there")
                    .isTrue();
        }
        assertThat(proxy.injected()).isEqualTo(before + 1);
        assertThat(writing.made(others())).isEqualTo(trouble.made());
    }

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void an_update_by_key_reads_again_by_itself_and_writes_once(Trouble trouble) {
        others().insert(new Link("old", "Old", 0));
        Store store = connected(Duration.ofSeconds(10));
        proxy.once(one -> one.method().equals("GET"), trouble.fault(false));
        Writing.UPDATE.run(store, store.repository(Link.class));
        assertThat(others().get("old").visits()).isEqualTo(1);
    }

    // ---- reads

    private static List<Runnable> reads(Repository<Link> links) {
        Link link = new Link("old", "Old", 0);
        return List.of(
                () -> assertThat(links.get("old")).isEqualTo(link),
                () -> assertThat(links.all()).containsExactly(link),
                () -> assertThat(links.stream()).containsExactly(link),
                () -> assertThat(links.findAll(List.of("old", "none"))).containsOnlyKeys("old"),
                () -> assertThat(links.findRecord("old").orElseThrow().value()).isEqualTo(link),
                () -> assertThat(links.exists("old")).isTrue(),
                () -> assertThat(links.count()).isEqualTo(1),
                () -> assertThat(links.page("", null, 10).records()).containsExactly(link));
    }

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void reads_are_tried_again_by_themselves(Trouble trouble) {
        others().insert(new Link("old", "Old", 0));
        int before = proxy.injected();
        List<Runnable> reads = reads(connected(Duration.ofSeconds(30)).repository(Link.class));
        for (Runnable read : trouble == Trouble.RESTART_BEFORE_THE_ANSWER ? reads.subList(0, 1) : reads) {
            proxy.once(any -> true, trouble.fault(false));
            read.run();
        }
        assertThat(proxy.injected()).isGreaterThan(before);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"DELAY", "RESTART_BEFORE_THE_ANSWER"},
            mode = EnumSource.Mode.EXCLUDE)
    void reads_whose_time_is_over_say_whether_to_try_again(Trouble trouble) {
        others().insert(new Link("old", "Old", 0));
        proxy.times(1_000, any -> true, trouble.fault(true));
        for (Runnable read : reads(connected(Duration.ZERO).repository(Link.class))) {
            VarveException failure = failure(read);
            assertThat(failure.kind()).as("%s", failure).isEqualTo(trouble.ofReads());
            assertThat(failure.retryable()).isTrue();
            assertThat(failure.outcomeUnknown())
                    .as("a read leaves nothing unknown")
                    .isFalse();
            assertThat(failure.retryAfter().orElse(null)).isEqualTo(trouble.retryAfter);
        }
    }

    @Test
    void an_answer_that_is_late_leaves_a_write_unknown_and_a_read_to_be_made_again() {
        others().insert(new Link("old", "Old", 0));
        Varve hasty = VarveClient.builder(proxy.url())
                .requestTimeout(Duration.ofMillis(200))
                .retryFor(Duration.ZERO)
                .connect();
        open.push(hasty);
        Repository<Link> links = hasty.store(name).repository(Link.class);
        proxy.once(TransportFaultsTest::isWrite, new Fault.Delay(Duration.ofSeconds(1)));
        VarveException late = failure(() -> links.increment("old", "visits", 1));
        assertThat(late.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(late.retryable()).isFalse();
        assertThat(late.outcomeUnknown()).isTrue();
        Patience.await().until(() -> others().get("old").visits() == 1);
        proxy.once(one -> one.method().equals("GET"), new Fault.Delay(Duration.ofSeconds(1)));
        assertThat(failure(() -> links.get("old")).kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(links.get("old").visits()).isEqualTo(1);
    }

    // ---- a server that is away

    @Test
    void while_the_server_is_away_nothing_is_sent_and_reads_wait_for_it() {
        others().insert(new Link("old", "Old", 0));
        List<VarveException> retried = new ArrayList<>();
        Varve direct = VarveClient.builder(server.url())
                .retryFor(Duration.ofMinutes(1))
                .onRetry((failure, wait) -> {
                    if (retried.isEmpty()) {
                        server.start();
                    }
                    retried.add(failure);
                })
                .connect();
        open.push(direct);
        Repository<Link> links = direct.store(name).repository(Link.class);
        server.stop();
        VarveException away = failure(() -> links.insert(new Link("new", "New", 0)));
        assertThat(away.kind()).as("%s", away).isEqualTo(ErrorKind.NETWORK);
        assertThat(away.retryable()).isTrue();
        assertThat(away.outcomeUnknown()).isFalse();
        assertThat(links.get("old").title()).as("once it is back").isEqualTo("Old");
        assertThat(retried).isNotEmpty();
        assertThat(others().exists("new")).isFalse();
    }

    @Test
    void after_a_restart_the_next_write_goes_through() {
        Repository<Link> links = connected(Duration.ofSeconds(10)).repository(Link.class);
        links.insert(new Link("a", "A", 0));
        server.restart();
        links.insert(new Link("b", "B", 0));
        assertThat(others().all()).extracting(Link::slug).containsExactly("a", "b");
    }

    // ---- subscriptions

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void a_subscription_is_not_supported_and_asks_nothing(Trouble trouble) {
        proxy.times(1_000, any -> true, trouble.fault(true));
        Repository<Link> links = connected(Duration.ofSeconds(10)).repository(Link.class);
        int before = proxy.sent().size();
        assertThat(failure(() -> links.subscribe(event -> {})).kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        assertThat(proxy.sent()).hasSize(before);
    }
}
