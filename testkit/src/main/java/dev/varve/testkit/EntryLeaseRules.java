package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.renew;
import static dev.varve.testkit.EntryProbe.set;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Leases, and writes that need one. */
interface EntryLeaseRules {

    private static Map<String, EntryValue> fields(EntryValue value) {
        return ((EntryValue.Fields) value).fields();
    }

    private static EntryOp fenced(EntryOp op, long token) {
        return op.fencedBy(new EntryOp.Fence(path("lease"), token));
    }

    @Test
    default void a_free_lease_is_taken(EntryProbe entries) {
        entries.written(set("x", 1));

        Applied applied = entries.written(acquire("lease", "me", 1_000)).ops().get(0);

        assertThat(applied.storeSeq()).isEqualTo(2);
        assertThat(entries.get("lease").type()).isEqualTo(EntryType.LEASE);
        assertThat(entries.get("lease").value()).isEqualTo(applied.value());
        Map<String, EntryValue> lease = fields(entries.get("lease").value());
        assertThat(lease.keySet()).containsExactlyInAnyOrder("_type", "holder", "token", "expires_at");
        assertThat(lease.get("_type")).isEqualTo(EntryValue.of("lease"));
        assertThat(lease.get("holder")).isEqualTo(EntryValue.of("me"));
        assertThat(lease.get("token")).isEqualTo(EntryValue.of(2));
        assertThat(lease.get("expires_at"))
                .isEqualTo(EntryValue.of(entries.events().get(1).timeMillis() + 1_000));
    }

    @Test
    default void a_held_lease_is_not_taken(EntryProbe entries) {
        entries.written(acquire("lease", "me", 1_000));

        entries.refused(Reason.HELD, acquire("lease", "you", 1_000));
        entries.refused(Reason.HELD, acquire("lease", "me", 1_000));
    }

    @Test
    default void what_is_no_lease_is_not_taken(EntryProbe entries) {
        entries.written(set("lease", "x"));

        entries.refused(Reason.OCCUPIED, acquire("lease", "me", 1_000));
        entries.refused(Reason.NOT_HELD, renew("lease", 1, 1_000));
        assertThat(entries.written(release("lease", 1)).ops().get(0).made()).isFalse();
        entries.holds("lease", "x");
    }

    @Test
    default void a_lease_that_has_run_out_is_taken_with_a_new_token(EntryProbe entries) {
        entries.written(acquire("lease", "me", 1_000));
        entries.advance(Duration.ofMillis(999));
        entries.refused(Reason.HELD, acquire("lease", "you", 1_000));
        entries.advance(Duration.ofMillis(1));

        entries.written(acquire("lease", "you", 1_000));

        assertThat(fields(entries.get("lease").value()).get("token")).isEqualTo(EntryValue.of(2));
        entries.refused(Reason.NOT_HELD, renew("lease", 1, 1_000));
    }

    @Test
    default void a_renewal_keeps_token_and_holder(EntryProbe entries) {
        entries.written(acquire("lease", "me", 1_000));
        entries.advance(Duration.ofMillis(900));

        Applied renewed = entries.written(renew("lease", 1, 1_000)).ops().get(0);

        assertThat(fields(entries.get("lease").value()).get("token")).isEqualTo(EntryValue.of(1));
        assertThat(fields(entries.get("lease").value()).get("holder")).isEqualTo(EntryValue.of("me"));
        assertThat(renewed.storeSeq()).isEqualTo(2);
        entries.advance(Duration.ofMillis(900));
        entries.refused(Reason.HELD, acquire("lease", "you", 1_000));
        entries.refused(Reason.NOT_HELD, renew("lease", 2, 1_000));
        entries.advance(Duration.ofMillis(100));
        entries.refused(Reason.NOT_HELD, renew("lease", 1, 1_000));
    }

    @Test
    default void only_its_token_releases_a_lease(EntryProbe entries) {
        entries.written(acquire("lease", "me", 1_000));

        Applied other = entries.written(release("lease", 9)).ops().get(0);
        assertThat(other).isEqualTo(new Applied(path("lease"), 1, false, null));
        assertThat(entries.events()).hasSize(1);

        Applied own = entries.written(release("lease", 1)).ops().get(0);
        assertThat(own).isEqualTo(new Applied(path("lease"), 2, true, null));
        assertThat(entries.exists("lease")).isFalse();
        assertThat(entries.events().get(1).value()).isNull();
        assertThat(entries.written(release("lease", 1)).ops().get(0).made()).isFalse();
    }

    @Test
    default void a_lease_that_has_run_out_can_still_be_released(EntryProbe entries) {
        entries.written(acquire("lease", "me", 1_000));
        entries.advance(Duration.ofSeconds(5));

        assertThat(entries.written(release("lease", 1)).ops().get(0).made()).isTrue();
    }

    @Test
    default void terms_must_make_sense(EntryProbe entries) {
        entries.refused(Reason.INVALID_LEASE_OP, acquire("lease", "me", 0));
        entries.refused(Reason.INVALID_LEASE_OP, acquire("lease", "me", -1));
        for (EntryOp.Kind kind : new EntryOp.Kind[] {EntryOp.Kind.RENEW, EntryOp.Kind.RELEASE}) {
            entries.refused(
                    Reason.INVALID_LEASE_OP,
                    EntryOp.lease(kind, path("lease"), new EntryOp.LeaseTerms(1_000, null, null)));
        }
        entries.refused(Reason.INVALID_LEASE_OP, EntryOp.of(EntryOp.Kind.LEASE, path("lease"), null));
        entries.refused(Reason.INVALID_LEASE_OP, renew("lease", 1, 0));
    }

    @Test
    default void the_longest_lease_does_not_wrap_around(EntryProbe entries) {
        entries.written(acquire("lease", "me", Long.MAX_VALUE));

        entries.refused(Reason.HELD, acquire("lease", "you", 1_000));
    }

    @Test
    default void a_fenced_write_needs_the_lease(EntryProbe entries) {
        entries.refused(Reason.FENCED, fenced(set("a", 1), 1));
        long token = entries.wrote(acquire("lease", "me", 1_000));

        entries.written(fenced(set("a", 1), token));
        entries.written(fenced(increment("n", 1), token));
        entries.refused(Reason.FENCED, fenced(set("a", 2), token + 1));
        entries.written(release("lease", token));
        entries.refused(Reason.FENCED, fenced(delete("a"), token));

        entries.holds("a", 1);
    }

    @Test
    default void a_lease_that_has_run_out_fences_writes_off(EntryProbe entries) {
        long token = entries.wrote(acquire("lease", "me", 1_000));
        entries.advance(Duration.ofSeconds(1));

        entries.refused(Reason.FENCED, fenced(set("a", 1), token));
    }

    @Test
    default void what_is_no_lease_fences_writes_off(EntryProbe entries) {
        entries.written(set("lease", Map.of("token", 1)), set("lease", "x"));

        entries.refused(Reason.FENCED, fenced(set("a", 1), -1));
    }

    @Test
    default void leases_come_back(EntryProbe entries) {
        long token = entries.wrote(acquire("lease", "me", 60_000));
        entries.reopen();

        entries.refused(Reason.HELD, acquire("lease", "you", 1_000));
        entries.written(fenced(set("a", 1), token));
        entries.written(renew("lease", token, 1_000));
        entries.advance(Duration.ofSeconds(2));
        entries.written(acquire("lease", "you", 1_000));
    }
}
