package dev.varve.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LinearizabilityCheckerTest {

    private static final int EMPTY = 0;

    /** What one can do with a register that holds a number. */
    private record Call(String what, int value, int expected) {}

    private static Call write(int value) {
        return new Call("write", value, 0);
    }

    private static Call read() {
        return new Call("read", 0, 0);
    }

    private static Call swap(int expected, int value) {
        return new Call("swap", value, expected);
    }

    /** A write answers the written value, a read the value, a swap 1 when it happened and 0 when not. */
    private static final SequentialModel<Integer, Call, Integer> REGISTER = new SequentialModel<>() {
        @Override
        public Integer initial() {
            return EMPTY;
        }

        @Override
        public @Nullable Integer step(Integer state, Call input, @Nullable Integer output) {
            int answer;
            Integer after = state;
            if (input.what().equals("write")) {
                answer = input.value();
                after = changed(state, input.value());
            } else if (input.what().equals("read")) {
                answer = state;
            } else {
                answer = state == input.expected() ? 1 : 0;
                after = answer == 1 ? changed(state, input.value()) : state;
            }
            return output == null || output == answer ? after : null;
        }

        private Integer changed(Integer state, int value) {
            return state == value ? state : Integer.valueOf(value);
        }

        @Override
        public boolean onlyLooks(Call input, @Nullable Integer output) {
            return input.what().equals("read") || (input.what().equals("swap") && output != null && output == 0);
        }
    };

    private static final LinearizabilityChecker<Integer, Call, Integer> CHECKER =
            new LinearizabilityChecker<>(REGISTER);

    private static Operation<Call, Integer> op(int client, long invoked, long returned, Call input, int output) {
        return new Operation<>(client, invoked, returned, input, output);
    }

    private static Operation<Call, Integer> open(int client, long invoked, Call input) {
        return new Operation<>(client, invoked, Operation.OPEN, input, null);
    }

    private static void passes(List<Operation<Call, Integer>> history) {
        assertThat(CHECKER.check(history)).isInstanceOf(Verdict.Linearizable.class);
    }

    private static Verdict.Violation<Integer, Call, Integer> fails(List<Operation<Call, Integer>> history) {
        Verdict<Integer, Call, Integer> verdict = CHECKER.check(history);
        assertThat(verdict).isInstanceOf(Verdict.Violation.class);
        return (Verdict.Violation<Integer, Call, Integer>) verdict;
    }

    @Test
    void an_empty_history_passes() {
        passes(List.of());
    }

    @Test
    void a_read_may_see_a_concurrent_write_or_not() {
        passes(List.of(op(1, 0, 10, write(7), 7), op(2, 1, 2, read(), EMPTY), op(3, 3, 4, read(), 7)));
    }

    @Test
    void a_stale_read_is_found() {
        Verdict.Violation<Integer, Call, Integer> found =
                fails(List.of(op(1, 0, 1, write(7), 7), op(2, 2, 3, read(), EMPTY)));

        assertThat(found.state()).isEqualTo(7);
        assertThat(found.order()).hasSize(1);
        assertThat(found.stuck()).extracting(Operation::client).containsExactly(2);
    }

    @Test
    void what_one_read_saw_the_next_one_sees() {
        fails(List.of(op(1, 0, 10, write(7), 7), op(2, 1, 2, read(), 7), op(3, 3, 4, read(), EMPTY)));
    }

    @Test
    void a_value_nobody_wrote_is_found() {
        fails(List.of(op(1, 0, 1, write(7), 7), op(2, 0, 1, read(), 8)));
    }

    @Test
    void of_two_swaps_from_one_value_one_wins() {
        passes(List.of(op(1, 0, 5, swap(EMPTY, 1), 1), op(2, 1, 6, swap(EMPTY, 2), 0)));
        fails(List.of(op(1, 0, 5, swap(EMPTY, 1), 1), op(2, 1, 6, swap(EMPTY, 2), 1)));
    }

    @Test
    void an_open_operation_may_take_effect_late() {
        passes(List.of(open(1, 0, write(7)), op(2, 1, 2, read(), EMPTY), op(2, 3, 4, read(), 7)));
    }

    @Test
    void an_open_operation_may_never_take_effect() {
        passes(List.of(open(1, 0, write(7)), op(2, 1, 2, read(), EMPTY)));
    }

    @Test
    void an_open_operation_takes_effect_once_and_not_before_it_began() {
        fails(List.of(
                open(1, 0, write(7)),
                op(2, 1, 2, read(), 7),
                op(2, 3, 4, write(8), 8),
                op(2, 5, 6, read(), 8),
                op(2, 7, 8, read(), 7)));
        fails(List.of(op(2, 0, 1, read(), 7), open(1, 2, write(7))));
    }

    @Test
    void a_write_of_what_is_there_already_may_be_needed_later() {
        passes(List.of(
                op(1, 0, 10, write(EMPTY), EMPTY), op(2, 1, 2, swap(EMPTY, 1), 1), op(2, 3, 4, swap(EMPTY, 2), 1)));
    }

    @Test
    void running_out_is_no_pass() {
        List<Operation<Call, Integer>> history = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            history.add(op(i, i, 100 + i, write(i + 1), i + 1));
        }
        history.add(op(21, 200, 201, read(), 99));

        assertThat(new LinearizabilityChecker<>(REGISTER, 1_000, 1_000_000).check(history))
                .isInstanceOf(Verdict.Undecided.class);
        assertThat(new LinearizabilityChecker<>(REGISTER, 1_000_000_000, 1_000).check(history))
                .isInstanceOf(Verdict.Undecided.class);
    }

    @Test
    void a_wrong_turn_at_the_start_is_not_followed_to_its_end() {
        List<Operation<Call, Integer>> history = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            history.add(op(i, i, 100 + i, write(i + 1), i + 1));
        }
        history.add(op(24, 200, 201, read(), 1)); // the first to begin was the last to take effect

        assertThat(new LinearizabilityChecker<>(REGISTER, 2_000_000, 500_000).check(history))
                .isInstanceOf(Verdict.Linearizable.class);
    }

    @Test
    void the_order_that_is_found_explains_every_answer() {
        List<Operation<Call, Integer>> history = List.of(
                op(1, 0, 9, write(1), 1), op(2, 1, 8, write(2), 2), op(3, 2, 7, read(), 2), op(4, 3, 12, read(), 1));

        Verdict<Integer, Call, Integer> verdict = CHECKER.check(history);

        assertThat(verdict).isInstanceOf(Verdict.Linearizable.class);
        Integer state = EMPTY;
        for (Operation<Call, Integer> operation : ((Verdict.Linearizable<Integer, Call, Integer>) verdict).order()) {
            state = REGISTER.step(state, operation.input(), operation.output());
            assertThat(state).isNotNull();
        }
    }

    @Test
    void every_order_tried_one_by_one_gives_the_same_verdict() {
        int violations = 0;
        for (int seed = 0; seed < 4_000; seed++) {
            List<Operation<Call, Integer>> history = random(new SplittableRandom(seed));
            boolean expected = explained(history, new BitSet(), EMPTY);
            Verdict<Integer, Call, Integer> verdict = CHECKER.check(history);
            assertThat(verdict instanceof Verdict.Linearizable)
                    .as("seed %s", seed)
                    .isEqualTo(expected);
            violations += expected ? 0 : 1;
        }
        assertThat(violations).isBetween(400, 3_600);
    }

    @Test
    void shrinking_keeps_the_violation_and_drops_the_rest() {
        List<Operation<Call, Integer>> history = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            history.add(op(1, i * 4L, i * 4L + 1, write(i + 1), i + 1));
            history.add(op(2, i * 4L + 2, i * 4L + 3, read(), i == 30 ? i : i + 1));
        }

        List<Operation<Call, Integer>> small = new HistoryShrinker<>(REGISTER, CHECKER).shrink(history);

        fails(small);
        assertThat(small)
                .filteredOn(operation -> operation.input().what().equals("read"))
                .hasSize(1);
        assertThat(small).allMatch(operation -> operation.invoked() <= 30 * 4 + 3);
    }

    private static List<Operation<Call, Integer>> random(SplittableRandom random) {
        List<Operation<Call, Integer>> history = new ArrayList<>();
        int size = random.nextInt(2, 8);
        for (int i = 0; i < size; i++) {
            int value = random.nextInt(3);
            Call call = switch (random.nextInt(3)) {
                case 0 -> write(value);
                case 1 -> read();
                default -> swap(random.nextInt(3), value);
            };
            long invoked = random.nextInt(20);
            int answer = call.what().equals("write")
                    ? value
                    : random.nextInt(call.what().equals("read") ? 3 : 2);
            history.add(
                    random.nextInt(4) == 0
                            ? open(i, invoked, call)
                            : op(i, invoked, invoked + 1 + random.nextInt(10), call, answer));
        }
        return history;
    }

    /** Without any cleverness. */
    private static boolean explained(List<Operation<Call, Integer>> history, BitSet placed, Integer state) {
        boolean all = true;
        for (int i = 0; i < history.size(); i++) {
            all &= placed.get(i) || history.get(i).isOpen();
        }
        if (all) {
            return true;
        }
        for (int i = 0; i < history.size(); i++) {
            Operation<Call, Integer> operation = history.get(i);
            if (placed.get(i) || preceded(history, placed, operation)) {
                continue;
            }
            Integer after = REGISTER.step(state, operation.input(), operation.output());
            if (after != null) {
                placed.set(i);
                boolean found = explained(history, placed, after);
                placed.clear(i);
                if (found) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean preceded(
            List<Operation<Call, Integer>> history, BitSet placed, Operation<Call, Integer> operation) {
        for (int i = 0; i < history.size(); i++) {
            if (!placed.get(i) && history.get(i).returned() < operation.invoked()) {
                return true;
            }
        }
        return false;
    }
}
