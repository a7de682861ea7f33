package dev.varve.api;

/**
 * Items that a producer appends together. The body must not change.
 *
 * @param sequence the number of the batch within the producer's epoch, from 0
 * @param items how many items it holds
 * @param body what is appended
 */
record ProducerBatch(long sequence, int items, byte[] body) {}
