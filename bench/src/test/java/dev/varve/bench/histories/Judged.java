package dev.varve.bench.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.testkit.history.Operation;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Small histories of a system, recorded and judged. Stateless. */
final class Judged {

    private static final Recording.Size SMALL = new Recording.Size(3, 6, 60, 120);

    private Judged() {}

    /** The history of a seed is explained. */
    static <S, Q, A> void passes(Subject<S, Q, A> subject, Target.Factory<Q, A> system, int seed) throws Exception {
        Judge.Objection<Q, A> objection = Judge.check(subject, record(subject, system, seed));
        assertThat(objection == null ? List.of() : objection.story())
                .as("seed %s", seed)
                .isEmpty();
    }

    /** One of the histories of a faulty system is found wrong, also when it was read from a file. */
    static <S, Q, A> void findsFault(
            Subject<S, Q, A> subject, Target.Factory<Q, A> wrong, String fault, int seeds, Path directory)
            throws Exception {
        HistoryText<Q, A> text = new HistoryText<>(subject);
        int found = 0;
        int seed = 0;
        for (; seed < seeds && found == 0; seed++) {
            List<Operation<Q, A>> history = record(subject, wrong, seed);
            Judge.@Nullable Objection<Q, A> objection = Judge.check(subject, history);
            if (objection != null) {
                found++;
                assertThat(objection.undecided()).isFalse();
                assertThat(objection.part().size()).isLessThanOrEqualTo(history.size());
                Path file = directory.resolve("history.txt");
                text.write(file, List.of("planted " + fault), history);
                assertThat(Judge.check(subject, text.read(file))).isNotNull();
            }
        }
        assertThat(found).as("histories with %s in %s", fault, seed).isEqualTo(1);
    }

    private static <S, Q, A> List<Operation<Q, A>> record(
            Subject<S, Q, A> subject, Target.Factory<Q, A> system, int seed) throws Exception {
        return Recording.record(subject, system, "h/" + seed + "-", SMALL, seed);
    }
}
