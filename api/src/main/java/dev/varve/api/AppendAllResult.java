package dev.varve.api;

import java.util.List;

/**
 * What an atomic append to several streams came to.
 *
 * <pre>{@code
 * AppendAllResult result = streams.appendAll(List.of(
 *         AppendRequest.of("bank/ann", "application/json", "{\"paid\":5}".getBytes(UTF_8)),
 *         AppendRequest.of("bank/bob", "application/json", "{\"got\":5}".getBytes(UTF_8))));
 * if (result instanceof AppendAllResult.RefusedAt refused) {
 *     System.out.println("neither was appended, because of number " + refused.index() + ": " + refused.refusal().detail());
 * }
 * }</pre>
 */
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
