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
 * Checks a history, and tells the story of one that cannot be explained. Streams that no atomic append joins are
 * independent of each other, and so are checked each by itself. Stateless.
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
    record Objection(boolean undecided, List<Operation<Request, Answer>> part, List<String> story) {}

    private Judge() {}

    /** Returns what is wrong, or null when every answer is explained. */
    static @Nullable Objection check(List<Operation<Request, Answer>> history) {
        for (List<Operation<Request, Answer>> part : parts(history)) {
            StreamsModel model = new StreamsModel(part);
            LinearizabilityChecker<Map<String, StreamState>, Request, Answer> checker =
                    new LinearizabilityChecker<>(model);
            switch (checker.check(part)) {
                case Verdict.Linearizable<Map<String, StreamState>, Request, Answer> _ -> {}
                case Verdict.Undecided<Map<String, StreamState>, Request, Answer>(String why) -> {
                    return new Objection(
                            true, part, List.of("not decided after " + part.size() + " operations: " + why));
                }
                case Verdict.Violation<Map<String, StreamState>, Request, Answer> _ -> {
                    return violation(model, checker, part);
                }
            }
        }
        return null;
    }

    private static Objection violation(
            StreamsModel model,
            LinearizabilityChecker<Map<String, StreamState>, Request, Answer> checker,
            List<Operation<Request, Answer>> part) {
        List<Operation<Request, Answer>> small = new HistoryShrinker<>(model, checker).shrink(part);
        List<String> story = new ArrayList<>();
        if (checker.check(small)
                instanceof
                Verdict.Violation<Map<String, StreamState>, Request, Answer>(
                        List<Operation<Request, Answer>> order,
                        Map<String, StreamState> state,
                        List<Operation<Request, Answer>> stuck)) {
            story.add("no order of these operations explains every answer (client, invoked, returned, what):");
            List<Operation<Request, Answer>> sorted = HistoryText.sorted(small);
            if (sorted.size() > STORY_LINES) {
                story.add("  … " + (sorted.size() - STORY_LINES) + " earlier ones");
            }
            sorted.subList(Math.max(0, sorted.size() - STORY_LINES), sorted.size())
                    .forEach(operation -> story.add("  " + HistoryText.line(operation)));
            story.add("the longest attempt explains " + order.size() + " of " + small.size() + " and ends where");
            state.forEach((path, stream) -> story.add("  " + path + " " + stream));
            if (state.isEmpty()) {
                story.add("  no stream exists");
            }
            story.add("and none of these can come next:");
            for (Operation<Request, Answer> operation : stuck) {
                story.add("  " + HistoryText.line(operation));
                story.add("    instead of "
                        + HistoryText.text(model.expected(state, operation.input(), operation.output())));
            }
        }
        return new Objection(false, small, story);
    }

    /** The operations on streams that depend on each other, for each such set of streams. */
    private static List<List<Operation<Request, Answer>>> parts(List<Operation<Request, Answer>> history) {
        Map<String, String> leader = new HashMap<>();
        for (Operation<Request, Answer> operation : history) {
            List<String> paths = operation.input().paths();
            for (String path : paths) {
                leader.put(leader(leader, path), leader(leader, paths.getFirst()));
            }
        }
        Map<String, List<Operation<Request, Answer>>> parts = new LinkedHashMap<>();
        for (Operation<Request, Answer> operation : history) {
            String key = leader(leader, operation.input().paths().getFirst());
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
