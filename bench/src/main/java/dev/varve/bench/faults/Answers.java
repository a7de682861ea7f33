package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How the requests of a client ended: well, with a problem of a kind that is documented, or without an answer. Confined to one thread. */
final class Answers {

    /** What a server on a failing machine may answer, with the statuses of the documentation. */
    private static final Set<String> PROBLEMS =
            Set.of("500 outcome_unknown", "503 unavailable", "503 overloaded", "507 out_of_space");

    /** A write that was acknowledged, and when it was sent. */
    record Acknowledged(double sentEpochSeconds, String what) {}

    private final Scene scene;
    private final Map<String, Integer> problems = new HashMap<>();
    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private int unanswered;

    Answers(Scene scene) {
        this.scene = scene;
    }

    /** What was acknowledged so far. */
    List<Acknowledged> acknowledged() {
        return acknowledged;
    }

    /** How often which problem was answered. */
    Map<String, Integer> problems() {
        return problems;
    }

    /** How many requests got no answer. */
    int unanswered() {
        return unanswered;
    }

    /** A write was acknowledged. */
    void good(double sentEpochSeconds, String what) {
        acknowledged.add(new Acknowledged(sentEpochSeconds, what));
    }

    /** No answer came. */
    void none() {
        unanswered++;
    }

    /**
     * A request was answered with a problem.
     *
     * @param request what was asked
     * @param problem status and kind
     * @param saysWhen whether it says when to try again
     * @param words all that was answered
     */
    void bad(String request, String problem, boolean saysWhen, String words) {
        problems.merge(problem, 1, Integer::sum);
        if (!PROBLEMS.contains(problem)) {
            scene.wrong(Kind.REFUSED, request + " is answered " + problem + ": " + words);
        }
        boolean later = problem.startsWith("503 ") || problem.startsWith("507 ");
        if (later && !saysWhen) {
            scene.wrong(Kind.REFUSED, problem + " comes without Retry-After");
        }
    }
}
