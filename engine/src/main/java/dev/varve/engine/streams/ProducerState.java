package dev.varve.engine.streams;

import dev.varve.api.Producer;

/**
 * What a stream remembers of an idempotent producer. Immutable.
 *
 * @param epoch the epoch that holds the stream
 * @param sequence the highest accepted sequence of that epoch
 */
record ProducerState(long epoch, long sequence) {

    /** The state after a producer's accepted request. */
    static ProducerState after(Producer accepted) {
        return new ProducerState(accepted.epoch(), accepted.sequence());
    }
}
