package dev.varve.bench.histories;

import dev.varve.testkit.history.HistoryShrinker;
import dev.varve.testkit.history.LinearizabilityChecker;
import dev.varve.testkit.history.Operation;
import dev.varve.testkit.history.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks a history, and tells the story of one that cannot be explained. What no request joins is independent of each
 * other, and so is checked each by itself. Stateless.
 */
final class Judge {

    private static final int STORY_LINES = 40;

    /**
     * What is wrong with a history.
     *
     * @param undecided whether nothing is known because the search ran into its bound
     * @param part the smallest part that shows it
     * @param story for people
     */
    record Objection<Q, A>(boolean undecided, List<Operation<Q, A>> part, List<String> story) {}

    private Judge() {}

    /** Returns what is wrong, or null when every answer is explained. */
    static <S, Q, A> @Nullable Objection<Q, A> check(Subject<S, Q, A> subject, List<Operation<Q, A>> history) {
        for (List<Operation<Q, A>> part : parts(subject, history)) {
            HistoryModel<S, Q, A> model = subject.model(part);
            LinearizabilityChecker<S, Q, A> checker = new LinearizabilityChecker<>(model);
            List<Operation<Q, A>> whole = new ArrayList<>(part);
            whole.addAll(subject.unasked(part));
            switch (checker.check(whole)) {
                case Verdict.Linearizable<S, Q, A> _ -> {}
                case Verdict.Undecided<S, Q, A>(String why) -> {
                    return new Objection<>(
                            true, whole, List.of("not decided after " + whole.size() + " operations: " + why));
                }
                case Verdict.Violation<S, Q, A> _ -> {
                    return violation(subject, model, checker, whole);
                }
            }
        }
        return null;
    }

    private static <S, Q, A> Objection<Q, A> violation(
            Subject<S, Q, A> subject,
            HistoryModel<S, Q, A> model,
            LinearizabilityChecker<S, Q, A> checker,
            List<Operation<Q, A>> part) {
        HistoryText<Q, A> text = new HistoryText<>(subject);
        List<Operation<Q, A>> small = new HistoryShrinker<>(model, checker).shrink(part);
        List<String> story = new ArrayList<>();
        if (checker.check(small)
                instanceof
                Verdict.Violation<S, Q, A>(List<Operation<Q, A>> order, S state, List<Operation<Q, A>> stuck)) {
            story.add("no order of these operations explains every answer (client, invoked, returned, what):");
            List<Operation<Q, A>> sorted = HistoryText.sorted(small);
            if (sorted.size() > STORY_LINES) {
                story.add("  … " + (sorted.size() - STORY_LINES) + " earlier ones");
            }
            sorted.subList(Math.max(0, sorted.size() - STORY_LINES), sorted.size())
                    .forEach(operation -> story.add("  " + text.line(operation)));
            story.add("the longest attempt explains " + order.size() + " of " + small.size() + " and ends where");
            subject.story(state).forEach(line -> story.add("  " + line));
            story.add("and none of these can come next:");
            for (Operation<Q, A> operation : stuck) {
                story.add("  " + text.line(operation));
                story.add("    instead of "
                        + subject.answerText(model.expected(state, operation.input(), operation.output())));
            }
        }
        return new Objection<>(false, small, story);
    }

    /** The operations that depend on each other, for each such set. */
    private static <Q, A> List<List<Operation<Q, A>>> parts(Subject<?, Q, A> subject, List<Operation<Q, A>> history) {
        Map<String, String> leader = new HashMap<>();
        for (Operation<Q, A> operation : history) {
            List<String> keys = subject.keys(operation.input());
            for (String key : keys) {
                leader.put(leader(leader, key), leader(leader, keys.getFirst()));
            }
        }
        Map<String, List<Operation<Q, A>>> parts = new LinkedHashMap<>();
        for (Operation<Q, A> operation : history) {
            String key = leader(leader, subject.keys(operation.input()).getFirst());
            parts.computeIfAbsent(key, none -> new ArrayList<>()).add(operation);
        }
        return List.copyOf(parts.values());
    }

    private static String leader(Map<String, String> leaders, String path) {
        String at = path;
        for (String next = leaders.get(at); next != null && !next.equals(at); next = leaders.get(at)) {
            at = next;
        }
        return at;
    }
}
