package dev.varve.engine.streams;

/**
 * A run of a stream's messages on its way to a reader, a chunk or a decision about retention. Immutable.
 *
 * @param start the stream position of its first byte
 * @param payload the messages
 * @param messagesBefore how many messages precede it
 * @param firstMillis when its first message was appended
 * @param lastMillis when its last message was appended
 */
record Piece(long start, Payload payload, long messagesBefore, long firstMillis, long lastMillis) {

    long end() {
        return start + payload.length();
    }

    /** The first message that ends after a stream position. */
    int messageEndingAfter(long position) {
        int low = 0;
        int high = payload.messages();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (start + payload.end(middle) > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Whether a message starts at a stream position within this piece. */
    boolean startsMessageAt(long position) {
        if (position == start) {
            return true;
        }
        int message = messageEndingAfter(position);
        return message > 0 && message < payload.messages() && start + payload.end(message - 1) == position;
    }
}
