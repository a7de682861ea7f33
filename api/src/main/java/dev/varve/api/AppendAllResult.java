package dev.varve.api;

import java.util.List;

/** What an atomic append to several streams came to. */
public sealed interface AppendAllResult permits AppendAllResult.AppendedAll, AppendAllResult.RefusedAt {

    /**
     * Every item is durable, in one atomic commit.
     *
     * @param results one per item, in the order of the request: {@link AppendResult.Appended} or
     *     {@link AppendResult.Duplicate}
     */
    record AppendedAll(List<AppendResult> results) implements AppendAllResult {}

    /**
     * One item was refused, therefore nothing was changed.
     *
     * @param index the first refused item, from 0
     * @param refusal why
     */
    record RefusedAt(int index, Refusal refusal) implements AppendAllResult {}
}
