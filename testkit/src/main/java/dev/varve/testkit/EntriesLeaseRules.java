package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.renew;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Leases as a program takes them. */
interface EntriesLeaseRules {

    int HOUR = 3_600_000;

    @Test
    default void a_lease_is_taken_extended_and_given_back(EntriesProbe store) {
        Applied taken = store.applied(acquire("jobs/a b", "me", HOUR));
        assertThat(taken.made()).isTrue();
        assertThat(taken.storeSeq()).isEqualTo(1);
        assertThat(lease(taken).fields())
                .containsEntry("_type", value("lease"))
                .containsEntry("holder", value("me"))
                .containsEntry("token", value(1))
                .containsKey("expires_at");
        assertThat(store.get("jobs/a b").value()).isEqualTo(taken.value());
        assertThat(store.get("jobs/a b").type()).isEqualTo(EntryType.LEASE);

        Applied renewed = store.applied(renew("jobs/a b", 1, 2 * HOUR));
        assertThat(renewed.storeSeq()).isEqualTo(2);
        assertThat(lease(renewed).fields()).containsEntry("token", value(1)).containsEntry("holder", value("me"));
        assertThat(store.get("jobs/a b").value()).isEqualTo(renewed.value());

        assertThat(store.applied(release("jobs/a b", 1))).isEqualTo(new Applied(path("jobs/a b"), 3, true, null));
        assertThat(store.exists("jobs/a b")).isFalse();
        assertThat(store.applied(release("jobs/a b", 1))).isEqualTo(new Applied(path("jobs/a b"), 3, false, null));
    }

    private static EntryValue.Fields lease(Applied applied) {
        return (EntryValue.Fields) Objects.requireNonNull(applied.value());
    }

    @Test
    default void a_lease_without_a_holder_has_none(EntriesProbe store) {
        Applied taken =
                store.applied(EntryOp.lease(EntryOp.Kind.LEASE, path("l"), new EntryOp.LeaseTerms(HOUR, null, null)));
        assertThat(lease(taken).fields()).containsEntry("holder", value(null));
        assertThat(store.get("l").value()).isEqualTo(taken.value());
    }

    @Test
    default void a_lease_that_is_not_to_be_had_is_refused(EntriesProbe store) {
        store.set("a", 1);
        store.wrote(acquire("l", "me", HOUR));
        store.refused(Reason.HELD, acquire("l", "you", HOUR));
        store.refused(Reason.OCCUPIED, acquire("a", "you", HOUR));
        store.refused(Reason.NOT_HELD, renew("l", 7, HOUR));
        store.refused(Reason.NOT_HELD, renew("none", 7, HOUR));
        store.refused(Reason.INVALID_LEASE_OP, acquire("m", "me", 0));
        store.refused(Reason.INVALID_LEASE_OP, EntryOp.of(EntryOp.Kind.RENEW, path("l"), null));
        store.refused(Reason.IF_MATCH_UNSUPPORTED_OP, acquire("m", "me", HOUR).ifMatch(1));
    }

    @Test
    default void a_lease_is_an_entry_that_others_may_replace(EntriesProbe store) {
        long token = store.wrote(acquire("l", "me", HOUR));
        store.wrote(set("l", 1));
        store.refused(Reason.NOT_HELD, renew("l", token, HOUR));
    }
}
