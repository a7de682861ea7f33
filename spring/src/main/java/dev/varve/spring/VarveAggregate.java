package dev.varve.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Stands at a bean that is a {@link dev.varve.api.Decider}, or at the method that makes it, and makes {@link dev.varve.api.Aggregates} of the same
 * types a bean, over the {@link dev.varve.api.EventStore} that is a bean.
 *
 * <pre>{@code
 * @Component
 * @VarveAggregate("counter")
 * class CounterDecider implements Decider<Integer, Integer, Counted> {
 *     public Integer initial() {
 *         return 0;
 *     }
 *
 *     public List<Counted> decide(Integer by, Integer sum) {
 *         return List.of(new Counted(by));
 *     }
 *
 *     public Integer evolve(Integer sum, Counted event) {
 *         return sum + event.by();
 *     }
 * }
 *
 * record Counted(int by) {}
 *
 * @Service
 * class Counters {
 *     Counters(Aggregates<Integer, Integer, Counted> counters) {
 *         counters.execute("visits", 1);
 *     }
 * }
 * }</pre>
 *
 * <p>A bean {@code EventCodec<Counted>} writes and reads the events; where there is none, one for their class does, whose data the {@link
 * dev.varve.api.EventCodec.Payloads} that are a bean write, Jackson unless the application defines others. {@code Aggregates} of these types that the
 * application defines itself go before; so it says what stands not here.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface VarveAggregate {

    /**
     * The type of the aggregates in the store.
     *
     * @return such as {@code order}
     */
    String value();

    /**
     * After how many events there is a snapshot of the state, which is a record then.
     *
     * @return from 1, or 0 for none
     */
    int snapshotEvery() default 0;

    /**
     * The projections that each command waits for.
     *
     * @return the names of their checkpoints
     */
    String[] awaiting() default {};

    /**
     * How long a command waits for them at most; its events are stored all the same.
     *
     * @return milliseconds
     */
    long awaitMillis() default 5_000;
}
