package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.varve.api.Decider;
import dev.varve.api.Decisions;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventCodec;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.NewEvent;
import dev.varve.api.Outcome;
import dev.varve.api.StoredEvent;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Commands over events that a query means. */
abstract class DecisionRules {

    record Enrol(String student, String course) {}

    record Enrolled(String student, String course) {}

    /** What a student and a course have to do with each other: at most 2 students in a course, 2 courses of a student. */
    record Seen(Set<Enrolled> enrolled) {
        long students(String course) {
            return enrolled.stream().filter(one -> one.course().equals(course)).count();
        }

        long courses(String student) {
            return enrolled.stream()
                    .filter(one -> one.student().equals(student))
                    .count();
        }
    }

    private static final EventCodec<Enrolled> CODEC = EventCodec.builder(Enrolled.class)
            .tags(event -> List.of("student:" + event.student(), "course:" + event.course()))
            .build();

    private static final Decider<Seen, Enrol, Enrolled> RULES = Decider.of(
            new Seen(Set.of()),
            (command, seen) -> {
                Enrolled enrolled = new Enrolled(command.student(), command.course());
                if (seen.enrolled().contains(enrolled)) {
                    return List.of();
                }
                if (seen.students(command.course()) == 2) {
                    throw new IllegalStateException("the course is full");
                }
                if (seen.courses(command.student()) == 2) {
                    throw new IllegalStateException("the student is busy");
                }
                return List.of(enrolled);
            },
            (seen, event) -> {
                Set<Enrolled> next = new HashSet<>(seen.enrolled());
                next.add(event);
                return new Seen(next);
            });

    private final EventFaults store;
    private final Decisions<Seen, Enrol, Enrolled> enrolment;

    DecisionRules(EventStore real) {
        this.store = new EventFaults(real);
        this.enrolment = Decisions.of(
                store.events,
                RULES,
                CODEC,
                command -> EventQuery.tags("student:" + command.student())
                        .or(EventQuery.tags("course:" + command.course())));
    }

    private void someoneElse(String student, String course) {
        store.real()
                .append(dev.varve.api.EventAppend.builder()
                        .event(CODEC.encode(new Enrolled(student, course)))
                        .build());
    }

    @Test
    void rules_over_two_boundaries_hold() {
        Outcome<Seen, Enrolled> first = enrolment.execute(new Enrol("ann", "chess"));
        assertThat(first.events()).containsExactly(new Enrolled("ann", "chess"));
        assertThat(first.position()).isZero();
        enrolment.execute(new Enrol("bob", "chess"));
        assertThatIllegalStateException()
                .isThrownBy(() -> enrolment.execute(new Enrol("cyd", "chess")))
                .withMessage("the course is full");
        enrolment.execute(new Enrol("ann", "go"));
        assertThatIllegalStateException()
                .isThrownBy(() -> enrolment.execute(new Enrol("ann", "bridge")))
                .withMessage("the student is busy");
        assertThat(enrolment.execute(new Enrol("ann", "go")).events()).isEmpty();
        assertThat(enrolment.state(new Enrol("cyd", "go")).enrolled()).containsExactly(new Enrolled("ann", "go"));
        assertThat(store.real().head()).isEqualTo(2);
        StoredEvent stored = store.real().fetch(1).events().get(0);
        assertThat(stored.aggregate()).isNull();
        assertThat(stored.tags()).containsExactly("student:ann", "course:go");
    }

    @Test
    void a_lost_race_is_decided_again_over_what_came() {
        someoneElse("bob", "chess");
        store.before("tryAppend", () -> someoneElse("cyd", "chess"));
        assertThatIllegalStateException()
                .isThrownBy(() -> enrolment.execute(new Enrol("ann", "chess")))
                .withMessage("the course is full");
        store.before("tryAppend", () -> someoneElse("dan", "go"));
        assertThat(enrolment.execute(new Enrol("ann", "go")).state().students("go"))
                .isEqualTo(2);
    }

    @Test
    void what_lies_outside_of_the_boundary_is_no_conflict() {
        int before = store.calls("tryAppend");
        store.before("tryAppend", () -> someoneElse("zoe", "go"));
        enrolment.execute(new Enrol("ann", "chess"));
        assertThat(store.calls("tryAppend")).isEqualTo(before + 1);
    }

    @Test
    void the_conflict_is_thrown_when_races_are_lost_too_often() {
        store.before("tryAppend", () -> someoneElse("bob", "chess"));
        assertThatExceptionOfType(EventsRefusedException.class)
                .isThrownBy(() -> enrolment.withRetries(0).execute(new Enrol("ann", "chess")))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        assertThat(store.real().head()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> enrolment.withRetries(-1));
    }

    @Test
    void an_unknown_outcome_has_its_effect_once() {
        store.after("tryAppend", EventFaults.failing(ErrorKind.TIMEOUT));
        Outcome<Seen, Enrolled> outcome =
                enrolment.execute(new Enrol("ann", "chess"), Map.of(NewEvent.CAUSATION_ID, "form-7"));
        assertThat(outcome.position()).isZero();
        assertThat(store.real().head()).isZero();
        assertThat(store.real().fetch(EventStore.EMPTY).events().get(0).metadata())
                .isEqualTo(Map.of("causation_id", "form-7"));
    }

    @Test
    void boundaries_are_read_slice_by_slice_as_of_one_moment() {
        Decisions<Integer, String, Enrolled> counting = Decisions.of(
                store.events,
                Decider.of(
                        0,
                        (command, count) -> List.of(new Enrolled(command, "n" + count)),
                        (count, event) -> count + 1),
                CODEC,
                command -> EventQuery.types("Enrolled"));
        for (int i = 0; i < 1_200; i++) {
            someoneElse("s" + i, "big");
        }
        store.after("read", () -> someoneElse("late", "big"));
        assertThat(counting.execute("ann").events()).containsExactly(new Enrolled("ann", "n1201"));
        assertThat(store.calls("tryAppend")).isEqualTo(2);
    }
}
