package dev.varve.engine.streams;

/**
 * What a stream remembers of an idempotent producer. Immutable.
 *
 * @param epoch the epoch that holds the stream
 * @param sequence the highest accepted sequence of that epoch
 */
record ProducerState(long epoch, long sequence) {}
