package dev.varve.testkit.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a violation readable: cuts the history after the first answer that cannot be explained, then leaves out what only
 * looked and is not needed to show it. Both keep it a violation, and never make one where there was none: a beginning of
 * an explainable history is explainable, and so is a history with fewer looks. Immutable; thread-safe.
 *
 * @param <S> the type of states
 * @param <I> the type of requests
 * @param <O> the type of answers
 */
public final class HistoryShrinker<S, I, O> {

    private static final int MAX_CHECKS = 2_000;

    private final SequentialModel<S, I, O> model;
    private final LinearizabilityChecker<S, I, O> checker;

    /**
     * A shrinker.
     *
     * @param model what the operations should have done
     * @param checker decides whether what is left still violates it
     */
    public HistoryShrinker(SequentialModel<S, I, O> model, LinearizabilityChecker<S, I, O> checker) {
        this.model = model;
        this.checker = checker;
    }

    /**
     * Shrinks a history.
     *
     * @param history one that the checker finds in violation
     * @return a smaller one that it finds in violation too, or the same
     */
    public List<Operation<I, O>> shrink(List<Operation<I, O>> history) {
        return withoutLooks(upToFirstViolation(history));
    }

    private boolean violates(List<Operation<I, O>> history) {
        return checker.check(history) instanceof Verdict.Violation;
    }

    private List<Operation<I, O>> upToFirstViolation(List<Operation<I, O>> history) {
        long[] returns = history.stream()
                .filter(operation -> !operation.isOpen())
                .mapToLong(Operation::returned)
                .toArray();
        Arrays.sort(returns);
        int low = 0;
        int high = returns.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (violates(until(history, returns[middle]))) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        List<Operation<I, O>> cut = returns.length == 0 ? history : until(history, returns[low]);
        return violates(cut) ? cut : history;
    }

    /** What was known at a time. */
    private static <I, O> List<Operation<I, O>> until(List<Operation<I, O>> history, long time) {
        List<Operation<I, O>> known = new ArrayList<>();
        for (Operation<I, O> operation : history) {
            if (operation.invoked() < time) {
                known.add(operation.returned() <= time ? operation : operation.opened());
            }
        }
        return known;
    }

    private List<Operation<I, O>> withoutLooks(List<Operation<I, O>> history) {
        List<Operation<I, O>> kept = new ArrayList<>(history);
        int checks = 0;
        for (int run = Math.max(1, kept.size() / 2); run > 0; run /= 2) {
            for (int from = 0; from < kept.size() && checks < MAX_CHECKS; ) {
                List<Operation<I, O>> fewer = without(kept, from, Math.min(kept.size(), from + run));
                if (fewer.size() < kept.size() && violates(fewer)) {
                    kept = fewer;
                } else {
                    from += run;
                }
                checks++;
            }
        }
        return kept;
    }

    private List<Operation<I, O>> without(List<Operation<I, O>> history, int from, int to) {
        List<Operation<I, O>> fewer = new ArrayList<>(history.subList(0, from));
        for (Operation<I, O> operation : history.subList(from, to)) {
            if (!model.onlyLooks(operation.input(), operation.output())) {
                fewer.add(operation);
            }
        }
        fewer.addAll(history.subList(to, history.size()));
        return fewer;
    }
}
