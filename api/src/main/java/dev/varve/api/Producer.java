package dev.varve.api;

/**
 * The identity of one request of an idempotent producer (Durable Streams protocol, section 5.2.1). The sequence counts
 * requests, not messages. Immutable.
 *
 * <pre>{@code
 * Producer first = new Producer("till-7", 0, 0); // its next request has the sequence 1
 * streams.append(AppendRequest.of("orders", "application/json", "{\"id\":2}".getBytes(UTF_8)).withProducer(first));
 * }</pre>
 *
 * @param id the producer's name, not empty
 * @param epoch raised by the producer when it starts anew, 0 to {@value #MAX_NUMBER} inclusive
 * @param sequence the number of this request within the epoch, from 0, to {@value #MAX_NUMBER} inclusive
 */
public record Producer(String id, long epoch, long sequence) {

    /** The largest epoch and sequence, inclusive: 2<sup>53</sup>-1, so that every JSON reader can hold it. */
    public static final long MAX_NUMBER = (1L << 53) - 1;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when the id is empty or a number is out of range
     */
    public Producer {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("producer id must not be empty");
        }
        if (epoch < 0 || epoch > MAX_NUMBER) {
            throw new IllegalArgumentException("producer epoch out of range: " + epoch);
        }
        if (sequence < 0 || sequence > MAX_NUMBER) {
            throw new IllegalArgumentException("producer sequence out of range: " + sequence);
        }
    }
}
