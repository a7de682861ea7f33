package dev.varve.pekko;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pekko's own suites of journals and snapshot stores: 48 tests. */
abstract class Suites {

    /** Where nothing is kept yet. */
    abstract Place place();

    @Test
    void a_journal_passes_pekkos_suite() {
        try (Place place = place()) {
            assertPassed(SuiteRun.run(JournalSuite.class, place, "acme/journal"), 16);
        }
    }

    @Test
    void a_snapshot_store_passes_pekkos_suite() {
        try (Place place = place()) {
            place.withEvents("acme/snapshots", Suites::writeActorsOfTheSnapshotSuite);
            assertPassed(SuiteRun.run(SnapshotSuite.class, place, "acme/snapshots"), 13);
        }
    }

    @Test
    void a_journal_passes_pekkos_suite_with_many_events() {
        try (Place place = place()) {
            assertPassed(SuiteRun.run(JournalPerformanceSuite.class, place, "acme/performance"), 19);
        }
    }

    /**
     * The suite saves snapshots of actors that have persisted nothing, p-1 to p-13, up to sequence number 100. A store keeps snapshots of events that it
     * has, so these have persisted so much.
     */
    private static void writeActorsOfTheSnapshotSuite(EventStore events) {
        List<NewEvent> hundred = IntStream.range(0, 100)
                .mapToObj(i -> NewEvent.json("Persisted", "{}"))
                .toList();
        for (int actor = 1; actor <= 13; actor++) {
            AggregateId aggregate = new AggregateId("pekko", "p-" + actor);
            List<NewEvent> own = hundred.stream()
                    .map(event -> event.withId(UUID.randomUUID()))
                    .toList();
            events.append(EventAppend.to(aggregate, ExpectedVersion.noStream(), own));
        }
    }

    private static void assertPassed(SuiteRun.Outcome outcome, int tests) {
        assertThat(outcome.others()).isEmpty();
        assertThat(outcome.succeeded()).hasSize(tests);
        assertThat(outcome.passed()).isTrue();
    }
}
