package dev.varve.axon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Axon's own suites of event storage engines, wherever a store can be. */
final class SuitesTest {

    private static Stream<Place> places() {
        return Stream.of(Place.model(), Place.embedded(), Place.served());
    }

    @ParameterizedTest
    @MethodSource("places")
    void conditions_on_tags_pass_axons_suite(Place place) {
        try (place) {
            assertPassed(Suites.Tags.class, place, 31);
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aggregates_pass_axons_suite(Place place) {
        try (place) {
            assertPassed(Suites.Aggregates.class, place, 24);
        }
    }

    private static void assertPassed(Class<?> suite, Place place, int tests) {
        Suites.place = place;
        try {
            Events run = EngineTestKit.engine("junit-jupiter")
                    .selectors(selectClass(suite))
                    // One test is disabled because Axon's own engines fail it.
                    .configurationParameter("junit.jupiter.conditions.deactivate", "org.junit.*DisabledCondition")
                    .execute()
                    .testEvents();
            assertThat(run.failed().stream()).isEmpty();
            run.assertStatistics(statistics -> statistics
                    .started(tests)
                    .succeeded(tests)
                    .failed(0)
                    .aborted(0)
                    .skipped(0));
        } finally {
            Suites.place = null;
        }
    }
}
