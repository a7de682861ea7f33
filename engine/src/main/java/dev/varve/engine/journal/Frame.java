package dev.varve.engine.journal;

import java.nio.ByteBuffer;

/**
 * A frame as read from a journal.
 *
 * @param position where it starts
 * @param end where the next frame may start
 * @param sequence its number, counting every frame of the journal from 0
 * @param body its body: the remaining bytes, big endian, read only, reused after the visit
 */
public record Frame(long position, long end, long sequence, ByteBuffer body) {}
