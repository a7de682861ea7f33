package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateStatus;
import org.junit.jupiter.api.Test;

/** What an aggregate was for a read that began before its last events could be seen. */
final class VisibleStatusTest {

    private static final AggregateHead ONE = AggregateHead.EMPTY.appended(0);

    private static void is(AggregateHead head, long visibleVersion, AggregateStatus status) {
        assertThat(LogReader.visibleStatus(head, visibleVersion)).isEqualTo(status);
    }

    @Test
    void before_its_first_event_it_is_empty() {
        is(ONE, -1, AggregateStatus.EMPTY);
        is(ONE, 0, AggregateStatus.LIVE);
        is(ONE.appended(1), 0, AggregateStatus.LIVE);
    }

    @Test
    void before_it_was_written_again_it_is_deleted() {
        AggregateHead deleted = ONE.softDeleted();
        AggregateHead again = deleted.appended(5);
        is(deleted, 0, AggregateStatus.SOFT_DELETED);
        is(again, 0, AggregateStatus.SOFT_DELETED);
        is(again, 1, AggregateStatus.LIVE);
        is(again.appended(6), 1, AggregateStatus.LIVE);
        is(ONE.tombstoned(), 0, AggregateStatus.TOMBSTONED);
    }
}
