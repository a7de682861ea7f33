package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What histories are recorded of and judged by. Stateless.
 *
 * @param <S> the type of the model's states
 * @param <Q> the type of requests
 * @param <A> the type of answers
 */
interface Subject<S, Q, A> {

    /** Its name, as on the command line. */
    String name();

    /** What clients of one history do. */
    Scenario<Q, A> scenario(String prefix, int clients, SplittableRandom random);

    /** The system as this subject sees it. */
    Target.Factory<Q, A> system(World world);

    /** A right system made wrong in the way of that name. */
    Target.Factory<Q, A> planted(String fault, Target.Factory<Q, A> right);

    /** What a request is about: requests that have nothing in common with each other are judged apart. */
    List<String> keys(Q request);

    /** What the system did by itself in a history, or may have done, as operations of nobody. */
    List<Operation<Q, A>> unasked(List<Operation<Q, A>> history);

    /** What should have been answered, made for one history or a part of one. */
    HistoryModel<S, Q, A> model(List<Operation<Q, A>> history);

    /** A state for people, a line for each thing in it. */
    List<String> story(S state);

    /** What kind of answer it is, for counting. */
    String kind(A answer);

    /** The kinds of answers that a large run must have seen. */
    List<String> mustHappen();

    String requestText(Q request);

    Q request(String text);

    String answerText(A answer);

    A answer(String text);
}
