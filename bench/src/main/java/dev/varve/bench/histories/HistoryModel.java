package dev.varve.bench.histories;

import dev.varve.testkit.history.SequentialModel;
import org.jspecify.annotations.Nullable;

/** A model that can tell what it would have answered. Thread-safe. */
interface HistoryModel<S, Q, A> extends SequentialModel<S, Q, A> {

    /** What this request would be answered in this state, as close to the given answer as it may be. */
    A expected(S state, Q input, @Nullable A output);
}
