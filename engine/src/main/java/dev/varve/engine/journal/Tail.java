package dev.varve.engine.journal;

/**
 * Where the durable frames end. Immutable.
 *
 * @param position the position after the last durable group
 * @param sequence the sequence of the next frame
 * @param chain the header checksum of the last frame
 */
record Tail(long position, long sequence, int chain) {}
