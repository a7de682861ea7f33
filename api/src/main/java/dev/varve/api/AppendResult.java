package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * What an append came to.
 *
 * <pre>{@code
 * AppendRequest request = AppendRequest.of("orders", "application/json", "{\"id\":2}".getBytes(UTF_8))
 *         .withProducer(new Producer("till-7", 0, 0));
 * streams.append(request);
 * AppendResult again = streams.append(request); // as a program does that has heard nothing of the first
 * if (again instanceof AppendResult.Duplicate duplicate) {
 *     System.out.println("it is there, and the tail at " + duplicate.next());
 * }
 * }</pre>
 */
public sealed interface AppendResult permits AppendResult.Appended, AppendResult.Duplicate, Refusal {

    /**
     * The data and the closing, as asked, are durable.
     *
     * @param next the stream's tail right after this append
     * @param closed whether the stream is closed now
     * @param producer the producer's accepted request, or null for a plain append
     */
    record Appended(Offset next, boolean closed, @Nullable Producer producer) implements AppendResult {}

    /**
     * The producer had sent this request before, and it is durable; nothing was appended again. Also the answer to
     * closing a closed stream without a producer.
     *
     * @param next the stream's current tail
     * @param closed whether the stream is closed
     * @param producer the producer with its highest accepted sequence; null for a repeated plain close
     */
    record Duplicate(Offset next, boolean closed, @Nullable Producer producer) implements AppendResult {}
}
