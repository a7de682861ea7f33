package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.Offset;
import dev.varve.server.subscriptions.ControlException.Code;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The rules of subscriptions, one by one. After each the log is read again and must lead to the same state. */
final class SubscriptionStateTest {

    private StateFixture f = new StateFixture();

    @AfterEach
    void logLeadsHere() {
        f.checkLog();
    }

    private static void refused(Code code, Runnable request) {
        assertThatExceptionOfType(ControlException.class)
                .isThrownBy(request::run)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private Effect.Deliver delivery() {
        List<Effect> effects = f.takeEffects();
        assertThat(effects).hasSize(1);
        return (Effect.Deliver) effects.getFirst();
    }

    private Effect.Announce announcement() {
        List<Effect> effects = f.takeEffects();
        assertThat(effects).hasSize(1);
        return (Effect.Announce) effects.getFirst();
    }

    private static Wake wake(SubscriptionEntry entry) {
        return Objects.requireNonNull(entry.wake);
    }

    private static Link link(SubscriptionEntry entry, String path) {
        return Objects.requireNonNull(entry.links.get(path));
    }

    @Nested
    final class Links {

        @Test
        void a_new_pattern_links_what_is_there_at_its_tail_without_replay() {
            f.append("events/a", 10);
            f.append("other/a", 10);
            SubscriptionEntry entry = f.pull("s", "events/*");
            assertThat(entry.links.keySet()).containsExactly("events/a");
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.at(10));
            assertThat(entry.wake).isNull();
        }

        @Test
        void a_stream_found_later_is_linked_before_its_first_append() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 10);
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
            assertThat(announcement().stream()).isEqualTo("events/a");
        }

        @Test
        void a_stream_without_data_is_not_linked_by_a_pattern_before_its_first_append() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 0);
            assertThat(entry.links).isEmpty();
            f.append("events/a", 5);
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
            assertThat(entry.wake).isNotNull();
        }

        @Test
        void a_stream_that_is_there_but_empty_at_creation_is_linked_and_then_wakes() {
            f.append("events/a", 0);
            SubscriptionEntry entry = f.pull("s", "events/*");
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.ZERO);
            assertThat(entry.wake).isNull();
            f.append("events/a", 5);
            assertThat(entry.wake).isNotNull();
        }

        @Test
        void a_name_may_be_linked_before_there_is_a_stream() {
            SubscriptionEntry entry = f.pull("s", null, "manual/a");
            assertThat(link(entry, "manual/a").acked).isEqualTo(Offset.ZERO);
            f.append("manual/a", 5);
            assertThat(announcement().stream()).isEqualTo("manual/a");
        }

        @Test
        void a_name_wins_over_a_pattern_and_unlinking_it_keeps_the_pattern() {
            f.append("events/a", 10);
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.link("s", "events/a");
            assertThat(link(entry, "events/a").view().linkType()).isEqualTo("explicit");
            f.unlink("s", "events/a");
            assertThat(link(entry, "events/a").view().linkType()).isEqualTo("glob");
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.at(10));
        }

        @Test
        void unlinking_a_name_without_a_pattern_removes_the_link() {
            f.append("events/a", 10);
            SubscriptionEntry entry = f.pull("s", null, "events/a", "events/b");
            f.unlink("s", "events/a");
            f.unlink("s", "events/a");
            f.unlink("s", "nothing");
            assertThat(entry.links.keySet()).containsExactly("events/b");
        }

        @Test
        void linking_again_does_not_move_what_is_acknowledged() {
            f.append("events/a", 10);
            SubscriptionEntry entry = f.pull("s", null, "events/a");
            f.append("events/a", 10);
            f.link("s", "events/a");
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.at(10));
        }

        @Test
        void a_deleted_stream_loses_its_pattern_link_and_keeps_its_name_link() {
            SubscriptionEntry entry = f.pull("s", "events/*", "manual/a");
            f.append("events/a", 10);
            f.append("manual/a", 10);
            f.delete("events/a");
            f.delete("manual/a");
            assertThat(entry.links.keySet()).containsExactly("manual/a");
            assertThat(entry.pending).isEmpty();
            f.append("manual/a", 3);
            assertThat(link(entry, "manual/a").acked).isEqualTo(Offset.ZERO);
            assertThat(entry.pending).hasSize(1);
        }

        @Test
        void a_stream_that_took_the_place_of_another_begins_at_its_beginning() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 10);
            f.ack("s", f.claim("s"), true, "events/a", Offset.at(10).toString());
            f.delete("events/a");
            f.append("events/a", 4);
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
            assertThat(link(entry, "events/a").tail).isEqualTo(Offset.at(4));
        }

        @Test
        void a_wake_stream_is_never_linked_by_a_pattern() {
            f.append("wake/s", 0);
            SubscriptionEntry entry = f.pull("s", "**");
            SubscriptionEntry other = f.pull("t", "**");
            f.append("wake/s", 50);
            f.append("wake/t", 50);
            assertThat(entry.links).isEmpty();
            assertThat(other.links).isEmpty();
        }

        @Test
        void what_becomes_a_wake_stream_loses_its_pattern_links() {
            f.append("wake/t", 50);
            SubscriptionEntry entry = f.pull("s", "**");
            assertThat(entry.links).hasSize(1);
            f.pull("t", "events/*");
            assertThat(entry.links).isEmpty();
        }

        @Test
        void a_subscription_cannot_be_linked_to_its_own_wake_stream() {
            f.pull("s", "events/*");
            refused(Code.INVALID_REQUEST, () -> f.link("s", "wake/s"));
        }

        @Test
        void changes_during_a_look_count_as_after_the_creation() {
            f.append("events/old", 10);
            f.append("events/gone", 10);
            Scan scan = f.state.beginScan(Glob.parse("events/*"), java.util.Set.of());
            f.streams.values().forEach(s -> scan.found(s.path(), s.incarnation(), s.next()));
            f.append("events/old", 5);
            f.append("events/new", 5);
            f.delete("events/gone");
            SubscriptionEntry entry = f.decide(step -> f.state.create(
                    new Event.Created(
                            "s", "pull-wake", "events/*", null, "wake/s", 1_000, null, "h", StateFixture.BASE_URL, 1),
                    scan,
                    f.now(),
                    step));
            f.state.end(scan);
            assertThat(entry.links.keySet()).containsExactly("events/new", "events/old");
            assertThat(link(entry, "events/old").acked).isEqualTo(Offset.at(10));
            assertThat(link(entry, "events/new").acked).isEqualTo(Offset.BEGINNING);
            assertThat(entry.pending).hasSize(2);
        }

        @Test
        void there_is_a_bound_for_each_subscription_and_for_all() {
            f = new StateFixture(SubscriptionOptions.LOOPBACK.withLimits(3, 4, 6), 1);
            for (int i = 0; i < 5; i++) {
                f.append("many/" + i, 1);
                f.append("two/" + i % 2, 1);
            }
            refused(Code.LIMIT_REACHED, () -> f.pull("s", "many/*"));
            SubscriptionEntry entry = f.pull("s", "two/*");
            refused(Code.LIMIT_REACHED, () -> f.link("s", "n/1", "n/2", "n/3"));
            f.link("s", "n/1", "n/2");
            f.pull("t", "two/*");
            refused(Code.LIMIT_REACHED, () -> f.pull("u", "two/*"));

            f.append("two/new", 1); // nobody has room, which must not hurt
            assertThat(entry.links).hasSize(4);
            f.unlink("s", "n/1");
            assertThat(f.state.wantsRescan()).isTrue();
            f.rescan();
            assertThat(entry.links).containsKey("two/new");
            assertThat(entry.wake).isNotNull();
        }
    }

    @Nested
    final class PullWake {

        @Test
        void there_is_one_wake_however_much_is_appended() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            f.append("events/a", 1);
            f.append("events/b", 1);
            assertThat(f.takeEffects()).hasSize(1);
            assertThat(wake(entry).generation()).isEqualTo(1);
        }

        @Test
        void a_claim_takes_the_wake_that_was_announced() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            Effect.Announce told = announcement();
            SubscriptionState.Claim claim = f.claim("s");
            assertThat(claim.wake().id()).isEqualTo(told.wakeId());
            assertThat(claim.wake().generation()).isEqualTo(told.generation());
            assertThat(claim.streams()).hasSize(1);
        }

        @Test
        void a_second_claim_is_told_who_holds_the_lease() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            f.claim("s");
            assertThatExceptionOfType(ControlException.class)
                    .isThrownBy(() -> f.claim("s"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.ALREADY_CLAIMED))
                    .satisfies(e -> assertThat(e.details())
                            .containsEntry("current_holder", "worker")
                            .containsEntry("generation", 1L));
        }

        @Test
        void a_claim_without_pending_work_is_refused() {
            f.pull("s", "events/*");
            refused(Code.NO_PENDING_WORK, () -> f.claim("s"));
        }

        @Test
        void a_claim_whose_work_went_away_lets_later_work_wake_again() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            announcement();
            f.delete("events/a");
            refused(Code.NO_PENDING_WORK, () -> f.claim("s"));
            f.append("events/b", 1);
            assertThat(announcement().generation()).isEqualTo(2);
        }

        @Test
        void done_frees_the_lease_and_wakes_again_only_for_what_is_left() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            f.append("events/b", 1);
            f.takeEffects();
            SubscriptionState.Claim claim = f.claim("s");
            assertThat(f.ack("s", claim, true, "events/a", Offset.at(1).toString()))
                    .isTrue();
            assertThat(announcement().stream()).isEqualTo("events/b");
            assertThat(f.ack("s", f.claim("s"), true, "events/b", Offset.at(1).toString()))
                    .isFalse();
            assertThat(f.takeEffects()).isEmpty();
            assertThat(entry.wake).isNull();
        }

        @Test
        void an_ack_without_done_extends_the_lease() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            SubscriptionState.Claim claim = f.claim("s");
            for (int i = 0; i < 5; i++) {
                f.pass(999);
                assertThat(f.ack("s", claim, false)).isFalse();
            }
            assertThat(wake(entry).holder()).isEqualTo("worker");
            f.pass(1_000);
            assertThat(wake(entry).holder()).isNull();
            assertThat(wake(entry).generation()).isEqualTo(2);
            refused(Code.FENCED, () -> f.ack("s", claim, false));
        }

        @Test
        void a_lease_that_runs_out_frees_the_holder_and_announces_again() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            announcement();
            SubscriptionState.Claim claim = f.claim("s");
            f.pass(1_000);
            assertThat(announcement().generation()).isEqualTo(2);
            refused(
                    Code.FENCED,
                    () -> f.ack("s", claim, true, "events/a", Offset.at(1).toString()));
            assertThat(f.claim("s").wake().generation()).isEqualTo(2);
        }

        @Test
        void the_lease_of_an_unclaimed_wake_does_not_run() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            announcement();
            f.pass(3_600_000);
            assertThat(f.takeEffects()).isEmpty();
            assertThat(wake(entry).generation()).isEqualTo(1);
        }

        @Test
        void a_release_acknowledges_nothing_and_announces_again() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            announcement();
            SubscriptionState.Claim claim = f.claim("s");
            f.step(step -> f.state.release("s", StateFixture.claimant(claim), f.now(), step));
            assertThat(announcement().generation()).isEqualTo(2);
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
        }

        @Test
        void a_wake_stream_that_takes_nothing_is_tried_again_and_the_wake_stays_claimable() {
            SubscriptionEntry entry = f.pull("s", "events/*");
            f.append("events/a", 1);
            Effect.Announce first = announcement();
            f.step(step -> f.state.failed("s", first.wakeId(), false, f.now(), step));
            assertThat(entry.attempts).isEqualTo(1);
            f.pass(1_200);
            assertThat(announcement().wakeId()).isEqualTo(first.wakeId());
            f.claim("s");
            assertThat(entry.attempts).isZero();
        }
    }

    @Nested
    final class Webhooks {

        @Test
        void the_lease_begins_with_the_wake_and_its_end_wakes_again() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver first = delivery();
            f.step(step -> f.state.delivered(first, false, f.now(), step));
            f.pass(999);
            assertThat(f.takeEffects()).isEmpty();
            f.pass(1);
            Effect.Deliver second = delivery();
            assertThat(second.generation()).isEqualTo(2);
            assertThat(second.wakeId()).isNotEqualTo(first.wakeId());
            assertThat(second.token()).isNotEqualTo(first.token());
        }

        @Test
        void an_answer_with_done_acknowledges_the_told_tails_and_no_more() {
            SubscriptionEntry entry = f.webhook("s", "events/*");
            f.append("events/a", 5);
            Effect.Deliver told = delivery();
            f.append("events/a", 5);
            f.append("events/b", 1);
            f.step(step -> f.state.delivered(told, true, f.now(), step));
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.at(5));
            assertThat(link(entry, "events/b").acked).isEqualTo(Offset.BEGINNING);
            assertThat(delivery().streams()).extracting(StreamView::pending).containsExactly(true, true);
        }

        @Test
        void an_answer_with_done_does_not_acknowledge_a_stream_that_took_the_others_place() {
            SubscriptionEntry entry = f.webhook("s", "events/*");
            f.append("events/a", 5);
            Effect.Deliver told = delivery();
            f.delete("events/a");
            f.append("events/a", 9);
            f.step(step -> f.state.delivered(told, true, f.now(), step));
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
        }

        @Test
        void a_callback_acknowledges_and_is_fenced_the_second_time() {
            f.webhook("s", "events/*");
            f.append("events/a", 5);
            Effect.Deliver told = delivery();
            assertThat(f.callback("s", told, true, "events/a", Offset.at(5).toString()))
                    .isFalse();
            refused(
                    Code.FENCED,
                    () -> f.callback("s", told, true, "events/a", Offset.at(5).toString()));
        }

        @Test
        void failures_are_tried_again_after_1_s_to_60_s_that_double_with_jitter() {
            SubscriptionEntry entry = f.webhook("s", "events/*");
            f.append("events/a", 1);
            long expectedMillis = 1_000;
            for (int attempt = 1; attempt <= 10; attempt++) {
                Effect.Deliver told = delivery();
                assertThat(told.generation()).isEqualTo(attempt);
                f.step(step -> f.state.failed("s", told.wakeId(), false, f.now(), step));
                assertThat(entry.attempts).isEqualTo(attempt);
                long delay = Objects.requireNonNull(entry.retry).delayMillis();
                assertThat(delay)
                        .isBetween(
                                Math.max(1_000, expectedMillis * 8 / 10), Math.min(60_000, expectedMillis * 12 / 10));
                f.append("events/a", 1);
                f.pass(delay - 1);
                assertThat(f.takeEffects()).as("nothing wakes before the retry").isEmpty();
                f.pass(1);
                expectedMillis = Math.min(60_000, expectedMillis * 2);
            }
            Effect.Deliver told = delivery();
            f.step(step -> f.state.delivered(told, true, f.now(), step));
            assertThat(entry.attempts).isZero();
            assertThat(entry.retry).isNull();
        }

        @Test
        void after_a_failure_that_may_have_arrived_the_lease_is_waited_for() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver told = delivery();
            f.pass(100);
            f.step(step -> f.state.failed("s", told.wakeId(), true, f.now(), step));
            f.pass(800);
            assertThat(f.takeEffects()).isEmpty();
            assertThat(f.callback("s", told, true, "events/a", Offset.at(1).toString()))
                    .as("the slow receiver is still heard")
                    .isFalse();
        }

        @Test
        void what_comes_of_a_wake_that_is_over_changes_nothing() {
            SubscriptionEntry entry = f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver old = delivery();
            f.pass(1_000);
            delivery();
            f.step(step -> f.state.delivered(old, true, f.now(), step));
            f.step(step -> f.state.failed("s", old.wakeId(), false, f.now(), step));
            assertThat(link(entry, "events/a").acked).isEqualTo(Offset.BEGINNING);
            assertThat(entry.attempts).isZero();
        }

        @Test
        void a_deleted_subscription_takes_nothing_any_more_nor_does_its_successor() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver old = delivery();
            f.step(step -> f.state.delete("s", f.now(), step));
            refused(Code.SUBSCRIPTION_NOT_FOUND, () -> f.callback("s", old, true));
            SubscriptionEntry successor = f.webhook("s", "events/*");
            f.append("events/a", 1);
            refused(Code.TOKEN_INVALID, () -> f.callback("s", old, true));
            f.step(step -> f.state.delivered(old, true, f.now(), step));
            assertThat(link(successor, "events/a").acked).isEqualTo(Offset.at(1));
            assertThat(successor.wake).isNotNull();
        }

        @Test
        void a_wake_names_a_thousand_streams_at_most_and_those_with_work_first() {
            for (int i = 0; i < 1_500; i++) {
                f.streams.put("events/" + i, StreamDelta.found("events/" + i, 1_000_000 + i, Offset.at(1)));
            }
            f.webhook("s", "events/*");
            f.append("events/77", 1);
            Effect.Deliver told = delivery();
            assertThat(told.streams()).hasSize(1_000);
            assertThat(told.streams().getFirst().path()).isEqualTo("events/77");
            assertThat(told.streams()).filteredOn(StreamView::pending).hasSize(1);
        }
    }

    @Nested
    final class Fencing {

        private SubscriptionState.Claim claim;

        @org.junit.jupiter.api.BeforeEach
        void claim() {
            f.pull("s", "events/*");
            f.append("events/a", 5);
            claim = f.claim("s");
        }

        private void as(Code code, String token, String wakeId, Long generation) {
            var claimant = new SubscriptionState.Claimant(token, wakeId, generation);
            refused(code, () -> f.decide(step -> f.state.ack("s", claimant, List.of(), false, f.now(), step)));
        }

        @Test
        void token_wake_and_generation_must_all_be_current() {
            String token = claim.token();
            String wakeId = claim.wake().id();
            as(Code.TOKEN_INVALID, "made up", wakeId, 1L);
            as(Code.FENCED, token, "w_other", 1L);
            as(Code.FENCED, token, wakeId, 2L);
            as(Code.FENCED, token, wakeId, 0L);
            var nameless = new SubscriptionState.Claimant(token, null, null);
            refused(Code.FENCED, () -> f.decide(s -> f.state.ack("s", nameless, List.of(), false, f.now(), s)));
            assertThat(f.ack("s", claim, false)).isFalse();
        }

        @Test
        void the_token_of_an_earlier_generation_is_fenced_not_unknown() {
            f.pass(1_000);
            SubscriptionState.Claim second = f.claim("s");
            as(Code.FENCED, claim.token(), second.wake().id(), second.wake().generation());
            assertThat(f.ack("s", second, false)).isFalse();
        }

        @Test
        void a_token_of_another_subscription_is_unknown() {
            f.pull("t", "events/*");
            f.append("events/a", 5);
            SubscriptionState.Claim other = f.claim("t");
            as(Code.TOKEN_INVALID, other.token(), claim.wake().id(), 1L);
        }

        @Test
        void a_token_runs_out_an_hour_after_its_lease_was_last_extended() {
            f.ack("s", claim, false);
            f.pass(Token.LIFETIME_MILLIS - 1);
            as(Code.FENCED, claim.token(), claim.wake().id(), 1L);
            f.pass(1);
            as(Code.TOKEN_EXPIRED, claim.token(), claim.wake().id(), 1L);
        }

        @Test
        void only_the_hash_of_a_token_is_in_the_log() {
            String log = String.join(
                    "",
                    f.log.stream()
                            .map(e -> new String(EventCodec.encode(e), java.nio.charset.StandardCharsets.UTF_8))
                            .toList());
            assertThat(log).contains(Token.hash(claim.token())).doesNotContain(claim.token());
        }

        @Test
        void acks_are_checked_all_before_any_is_applied() {
            f.append("events/b", 5);
            String five = Offset.at(5).toString();
            record Bad(String path, String offset) {}
            for (Bad bad : List.of(
                    new Bad("events/c", five),
                    new Bad("events/b", Offset.at(6).toString()),
                    new Bad("events/b", "-1"),
                    new Bad("events/b", "now"),
                    new Bad("events/b", "5"),
                    new Bad("events/b", ""))) {
                refused(Code.INVALID_OFFSET, () -> f.ack("s", claim, true, "events/a", five, bad.path(), bad.offset()));
            }
            assertThat(link(f.state.require("s"), "events/a").acked).isEqualTo(Offset.BEGINNING);
            f.ack("s", claim, false, "events/a", five);
            refused(
                    Code.INVALID_OFFSET,
                    () -> f.ack("s", claim, true, "events/a", Offset.at(4).toString()));
            assertThat(f.ack("s", claim, true, "events/a", five, "events/b", five))
                    .isFalse();
        }
    }

    @Nested
    final class Restarts {

        @Test
        void a_lease_goes_on_where_it_stood_and_time_in_between_counts() {
            SubscriptionEntry before = f.pull("s", "events/*");
            f.append("events/a", 1);
            SubscriptionState.Claim claim = f.claim("s");
            f.pass(400);
            f.elapsedNanos = 987_654_321L; // another process, another origin
            f.wallMillis += 300;
            f.restart();
            assertThat(wake(f.state.require("s")).id()).isEqualTo(wake(before).id());
            f.pass(299);
            assertThat(f.ack("s", claim, false)).isFalse();
            f.pass(1_000);
            refused(Code.FENCED, () -> f.ack("s", claim, false));
        }

        @Test
        void a_wall_clock_that_jumps_neither_cuts_a_lease_nor_makes_it_longer_than_it_is() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            SubscriptionState.Claim claim = f.claim("s");
            f.wallMillis += 365L * 24 * 3_600_000; // the clock was set while we ran
            f.pass(999);
            assertThat(f.ack("s", claim, false)).isFalse();

            f.wallMillis -= 730L * 24 * 3_600_000; // and set back while we were down
            f.restart();
            f.pass(999);
            assertThat(f.ack("s", claim, false)).isFalse();
            f.pass(1_000);
            refused(Code.FENCED, () -> f.ack("s", claim, false));
        }

        @Test
        void a_retry_goes_on_where_it_stood() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver told = delivery();
            f.step(step -> f.state.failed("s", told.wakeId(), false, f.now(), step));
            long delay = Objects.requireNonNull(f.state.require("s").retry).delayMillis();
            f.wallMillis += delay - 10;
            f.restart();
            assertThat(f.state.require("s").attempts).isEqualTo(1);
            assertThat(f.takeEffects()).isEmpty();
            f.pass(10);
            assertThat(delivery().generation()).isEqualTo(2);
        }

        @Test
        void a_wake_to_a_webhook_is_not_sent_again_before_its_lease_ends() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver told = delivery();
            f.restart();
            f.pass(999);
            assertThat(f.takeEffects()).isEmpty();
            f.pass(1);
            assertThat(delivery().generation()).isEqualTo(told.generation() + 1);
        }

        @Test
        void an_answer_that_arrives_after_the_log_was_read_again_still_counts() {
            f.webhook("s", "events/*");
            f.append("events/a", 1);
            Effect.Deliver told = delivery();
            f.restart();
            f.step(step -> f.state.delivered(told, true, f.now(), step));
            f.pass(1_000);
            assertThat(f.takeEffects()).isEmpty();
        }

        @Test
        void an_unclaimed_wake_is_announced_again() {
            f.pull("s", "events/*");
            f.append("events/a", 1);
            Effect.Announce told = announcement();
            f.restart();
            assertThat(announcement()).isEqualTo(told);
        }

        @Test
        void links_offsets_and_keys_are_kept_from_log_and_snapshot_alike() {
            f.append("events/old", 7);
            f.pull("s", "events/*", "manual/a");
            f.append("events/a", 5);
            f.append("events/b", 5);
            f.ack("s", f.claim("s"), false, "events/a", Offset.at(5).toString());
            String before = views();
            f.restart();
            assertThat(views()).isEqualTo(before);
            f.restartFromSnapshot();
            assertThat(views()).isEqualTo(before);
            assertThat(f.state.keys()).hasSize(1);
        }

        private String views() {
            return f.state.require("s").views().toString();
        }

        @Test
        void what_happened_to_streams_while_nobody_looked_is_noticed() {
            SubscriptionEntry entry = f.pull("s", "events/*", "manual/a");
            f.append("events/deleted", 5);
            f.append("events/replaced", 5);
            f.append("manual/a", 5);
            String five = Offset.at(5).toString();
            f.ack("s", f.claim("s"), true, "events/deleted", five, "events/replaced", five, "manual/a", five);
            assertThat(entry.wake).isNull();

            f.streams.remove("events/deleted");
            f.streams.put("events/replaced", StreamDelta.found("events/replaced", 100, Offset.at(3)));
            f.streams.put("manual/a", StreamDelta.found("manual/a", 101, Offset.at(9)));
            f.streams.put("events/new", StreamDelta.found("events/new", 102, Offset.at(2)));
            f.restart();

            SubscriptionEntry after = f.state.require("s");
            assertThat(after.links.keySet()).containsExactly("events/new", "events/replaced", "manual/a");
            assertThat(link(after, "events/replaced").acked).isEqualTo(Offset.BEGINNING);
            assertThat(link(after, "manual/a").acked).isEqualTo(Offset.ZERO);
            assertThat(after.pending).hasSize(3);
        }

        @Test
        void what_an_unfinished_creation_staged_is_forgotten() {
            f.log.add(new Event.LinksStaged(
                    "s", true, List.of(new Event.LinkRecord("events/x", false, Offset.ZERO.toString(), 1))));
            f.restart();
            f.append("events/a", 5);
            SubscriptionEntry entry = f.pull("s", "events/*");
            assertThat(entry.links.keySet()).containsExactly("events/a");
            f.restart();
            assertThat(f.state.require("s").links.keySet()).containsExactly("events/a");
        }
    }

    @Test
    void the_same_configuration_is_confirmed_and_another_one_refused() {
        f = new StateFixture(SubscriptionOptions.LOOPBACK.withLimits(1, 10, 10), 1);
        assertThat(f.state.confirm("s", "hash")).isNull();
        SubscriptionEntry entry = f.pull("s", "events/*");
        assertThat(f.state.confirm("s", entry.config.configHash())).isSameAs(entry);
        refused(Code.SUBSCRIPTION_ALREADY_EXISTS, () -> f.state.confirm("s", "other"));
        refused(Code.LIMIT_REACHED, () -> f.state.confirm("t", "hash"));
    }
}
