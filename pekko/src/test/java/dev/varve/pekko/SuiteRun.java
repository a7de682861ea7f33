package dev.varve.pekko;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.scalatest.Reporter;
import org.scalatest.events.Event;
import org.scalatest.events.RunAborted;
import org.scalatest.events.SuiteAborted;
import org.scalatest.events.TestCanceled;
import org.scalatest.events.TestFailed;
import org.scalatest.events.TestIgnored;
import org.scalatest.events.TestPending;
import org.scalatest.events.TestSucceeded;
import org.scalatest.tools.Runner;

/** One suite, run by its own runner, which makes suites and reporters by their names: so what they need stands in fields here. */
final class SuiteRun {

    private static @Nullable Place place;
    private static String store = "";
    private static List<String> succeeded = new ArrayList<>();
    private static List<String> others = new ArrayList<>();

    private SuiteRun() {}

    /**
     * What came of it.
     *
     * @param succeeded the names of tests
     * @param others what failed, was cancelled, ignored or is pending, and why
     */
    record Outcome(boolean passed, List<String> succeeded, List<String> others) {}

    static synchronized Outcome run(Class<?> suite, Place where, String keptIn) {
        place = where;
        store = keptIn;
        succeeded = new ArrayList<>();
        others = new ArrayList<>();
        boolean passed = Runner.run(new String[] {"-s", suite.getName(), "-C", Counting.class.getName()});
        return new Outcome(passed, List.copyOf(succeeded), List.copyOf(others));
    }

    /** The actor system of the suite that runs. */
    static ActorSystem system(Config config) {
        Place where = place;
        if (where == null) {
            throw new IllegalStateException("no suite runs");
        }
        return where.system(store, config);
    }

    /** Notes what became of each test. */
    public static final class Counting implements Reporter {
        @Override
        public void apply(Event event) {
            if (event instanceof TestSucceeded test) {
                succeeded.add(test.testName());
            } else if (event instanceof TestFailed
                    || event instanceof TestCanceled
                    || event instanceof TestIgnored
                    || event instanceof TestPending
                    || event instanceof SuiteAborted
                    || event instanceof RunAborted) {
                others.add(event.toString());
            }
        }
    }
}
