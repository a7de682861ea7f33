package dev.varve.testkit.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of the operations of a history that keeps their order in time and in which the model gives the same
 * answers: a depth-first search that takes one operation after the other out of those no unplaced operation precedes, as
 * Wing and Gong describe it, and that never visits a pair of placed operations and state twice, as Lowe added.
 *
 * <p>Two things make it a walk without detours for most histories. An operation that only looks, whatever the state,
 * is placed as soon as it fits and never reconsidered: whatever order exists with it later, exists with it here. And the model ranks the rest,
 * so that where values are unique the right operation is tried first. Operations without an answer may be placed
 * anywhere after their invocation and need not be placed at all.
 *
 * <p>A search that took one wrong turn early can spend all its time below it, where another order of equally ranked
 * operations would have been done at once. So a search that is not done after a few steps begins anew with such ranks
 * in another order, which its number decides, and twice as many steps; the last may take all that are left.
 *
 * <p>The searches are bounded in steps together and in remembered pairs each; running into a bound is a verdict of its
 * own. Histories of
 * several independent objects are to be checked object by object. Immutable; thread-safe.
 *
 * @param <S> the type of states
 * @param <I> the type of requests
 * @param <O> the type of answers
 */
public final class LinearizabilityChecker<S, I, O> {

    /** How often the model is asked at most. */
    public static final long MAX_STEPS = 20_000_000;

    /** How many pairs of placed operations and state are remembered at most. */
    public static final int MAX_REMEMBERED = 500_000;

    private static final long FIRST_SEARCH_STEPS = 50_000;
    private static final int MORE_STEPS_EACH_TIME = 2;

    private final SequentialModel<S, I, O> model;
    private final long maxSteps;
    private final int maxRemembered;

    /**
     * A checker with the default bounds.
     *
     * @param model what the operations should have done
     */
    public LinearizabilityChecker(SequentialModel<S, I, O> model) {
        this(model, MAX_STEPS, MAX_REMEMBERED);
    }

    /**
     * A checker.
     *
     * @param model what the operations should have done
     * @param maxSteps how often the model is asked at most
     * @param maxRemembered how many visited pairs are remembered at most
     */
    public LinearizabilityChecker(SequentialModel<S, I, O> model, long maxSteps, int maxRemembered) {
        this.model = model;
        this.maxSteps = maxSteps;
        this.maxRemembered = maxRemembered;
    }

    /**
     * Checks one history.
     *
     * @param history the operations, in any order
     * @return whether an order explains them
     */
    public Verdict<S, I, O> check(List<Operation<I, O>> history) {
        long left = maxSteps;
        Verdict<S, I, O> verdict;
        int number = 0;
        long steps = FIRST_SEARCH_STEPS;
        do {
            // A rest too small for a search of its own belongs to this one.
            long allowed = left - steps < steps ? left : steps;
            verdict = new Search(history, number++, allowed).run();
            left -= allowed;
            steps *= MORE_STEPS_EACH_TIME;
        } while (verdict instanceof Verdict.Undecided && left > 0);
        return verdict;
    }

    /** Whether an operation left the state alone, as the model says it. */
    @SuppressWarnings("ReferenceEquality") // the contract of step(): the very same object when nothing changed
    private static boolean same(@Nullable Object after, Object before) {
        return after == before;
    }

    /** What was placed, and the state that it led to. */
    private record Visited(int firstUnplaced, long[] answered, long[] open, Object state) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Visited that
                    && firstUnplaced == that.firstUnplaced
                    && Arrays.equals(answered, that.answered)
                    && Arrays.equals(open, that.open)
                    && state.equals(that.state);
        }

        @Override
        public int hashCode() {
            return ((firstUnplaced * 31 + Arrays.hashCode(answered)) * 31 + Arrays.hashCode(open)) * 31
                    + state.hashCode();
        }
    }

    /** An operation that may come next, and where it leads. */
    private static final class Branch<S> {
        final int index;
        final int rank;
        final S after;

        Branch(int index, int rank, S after) {
            this.index = index;
            this.rank = rank;
            this.after = after;
        }
    }

    /** One step down: what was placed on the way, and what else can be tried from here. */
    private static final class Frame<S> {
        final S state;
        final int placedBefore;
        final int firstUnplacedBefore;
        List<Branch<S>> branches = List.of();
        int tried;

        Frame(S state, int placedBefore, int firstUnplacedBefore) {
            this.state = state;
            this.placedBefore = placedBefore;
            this.firstUnplacedBefore = firstUnplacedBefore;
        }
    }

    /** One search. An operation's index counts the answered ones first, then the open ones. Confined to its thread. */
    private final class Search {

        private final List<Operation<I, O>> answered;
        private final List<Operation<I, O>> open;
        private final BitSet answeredPlaced = new BitSet();
        private final BitSet openPlaced = new BitSet();
        private final List<Integer> placed = new ArrayList<>();
        private final Set<Visited> visited = new HashSet<>();
        private final @Nullable Random shuffling;
        private final long allowedSteps;
        private int firstUnplaced;
        private long steps;

        private List<Integer> longest = List.of();
        private int longestAnswered = -1;
        private @Nullable S longestState;

        Search(List<Operation<I, O>> history, int number, long allowedSteps) {
            this.shuffling = number == 0 ? null : new Random(number);
            this.allowedSteps = allowedSteps;
            Comparator<Operation<I, O>> byInvocation = Comparator.comparingLong(Operation::invoked);
            answered = new ArrayList<>();
            open = new ArrayList<>();
            for (Operation<I, O> operation : history) {
                (operation.isOpen() ? open : answered).add(operation);
            }
            answered.sort(byInvocation);
            open.sort(byInvocation);
        }

        Verdict<S, I, O> run() {
            Deque<Frame<S>> path = new ArrayDeque<>();
            Frame<S> top = new Frame<>(model.initial(), 0, 0);
            path.push(top);
            descend(top);
            while (answeredPlaced.cardinality() < answered.size()) {
                if (steps > allowedSteps) {
                    return new Verdict.Undecided<>("the model was asked more than " + maxSteps + " times");
                }
                if (visited.size() > maxRemembered) {
                    return new Verdict.Undecided<>("more than " + maxRemembered + " states were visited");
                }
                if (top.tried == top.branches.size()) {
                    remember(top);
                    path.pop();
                    takeBack(top);
                    if (path.isEmpty()) {
                        return violation();
                    }
                    top = path.element();
                    continue;
                }
                Branch<S> branch = top.branches.get(top.tried++);
                Frame<S> next = new Frame<>(branch.after, placed.size(), firstUnplaced);
                place(branch.index);
                path.push(next);
                top = next;
                descend(next);
            }
            return new Verdict.Linearizable<>(operations(placed));
        }

        /** Places what fits and only looks, then finds what may come next. Nothing, when this was seen before. */
        private void descend(Frame<S> frame) {
            List<Branch<S>> branches = new ArrayList<>();
            boolean again = true;
            while (again) {
                again = false;
                branches.clear();
                long firstReturn = Operation.OPEN;
                for (int i = firstUnplaced; i < answered.size(); i = answeredPlaced.nextClearBit(i + 1)) {
                    Operation<I, O> operation = answered.get(i);
                    if (operation.invoked() > firstReturn) {
                        break;
                    }
                    S after = step(frame.state, operation);
                    if (after != null && model.onlyLooks(operation.input(), operation.output())) {
                        place(i);
                        again = true;
                        continue;
                    }
                    firstReturn = Math.min(firstReturn, operation.returned());
                    if (after != null) {
                        branches.add(new Branch<>(i, model.rank(operation.input(), operation.output()), after));
                    }
                }
            }
            if (answeredPlaced.cardinality() == answered.size()) {
                return;
            }
            addOpen(frame.state, branches);
            if (!visited.add(now(frame.state))) {
                return;
            }
            if (shuffling != null) {
                Collections.shuffle(branches, shuffling);
            }
            branches.sort(Comparator.comparingInt(branch -> branch.rank));
            frame.branches = branches;
        }

        private void addOpen(S state, List<Branch<S>> branches) {
            long firstReturn = firstReturn();
            for (int i = openPlaced.nextClearBit(0); i < open.size(); i = openPlaced.nextClearBit(i + 1)) {
                Operation<I, O> operation = open.get(i);
                if (operation.invoked() > firstReturn) {
                    break;
                }
                S after = step(state, operation);
                if (after != null && !same(after, state)) { // without an effect it need not be placed at all
                    branches.add(new Branch<>(answered.size() + i, model.rank(operation.input(), null), after));
                }
            }
        }

        /** When the first of the answered operations that are not placed returned: what was invoked later must wait. */
        private long firstReturn() {
            long first = Operation.OPEN;
            for (int i = firstUnplaced; i < answered.size(); i = answeredPlaced.nextClearBit(i + 1)) {
                if (answered.get(i).invoked() > first) {
                    break;
                }
                first = Math.min(first, answered.get(i).returned());
            }
            return first;
        }

        private @Nullable S step(S state, Operation<I, O> operation) {
            steps++;
            return model.step(state, operation.input(), operation.output());
        }

        private Visited now(S state) {
            return new Visited(
                    firstUnplaced,
                    answeredPlaced
                            .get(firstUnplaced, Math.max(firstUnplaced, answeredPlaced.length()))
                            .toLongArray(),
                    openPlaced.toLongArray(),
                    state);
        }

        private void place(int index) {
            placed.add(index);
            if (index < answered.size()) {
                answeredPlaced.set(index);
                firstUnplaced = answeredPlaced.nextClearBit(firstUnplaced);
            } else {
                openPlaced.set(index - answered.size());
            }
        }

        private void takeBack(Frame<S> frame) {
            for (int i = placed.size() - 1; i >= frame.placedBefore; i--) {
                int index = placed.get(i);
                if (index < answered.size()) {
                    answeredPlaced.clear(index);
                } else {
                    openPlaced.clear(index - answered.size());
                }
            }
            placed.subList(frame.placedBefore, placed.size()).clear();
            firstUnplaced = frame.firstUnplacedBefore;
        }

        private void remember(Frame<S> frame) {
            int count = answeredPlaced.cardinality();
            if (count > longestAnswered) {
                longestAnswered = count;
                longest = List.copyOf(placed);
                longestState = frame.state;
            }
        }

        private Verdict<S, I, O> violation() {
            S state = longestState == null ? model.initial() : longestState;
            longest.forEach(this::place);
            List<Operation<I, O>> stuck = new ArrayList<>();
            long firstReturn = firstReturn();
            for (int i = firstUnplaced; i < answered.size(); i = answeredPlaced.nextClearBit(i + 1)) {
                if (answered.get(i).invoked() > firstReturn) {
                    break;
                }
                stuck.add(answered.get(i));
            }
            return new Verdict.Violation<>(operations(longest), state, stuck);
        }

        private List<Operation<I, O>> operations(List<Integer> indexes) {
            List<Operation<I, O>> operations = new ArrayList<>(indexes.size());
            for (int index : indexes) {
                operations.add(index < answered.size() ? answered.get(index) : open.get(index - answered.size()));
            }
            return operations;
        }
    }
}
