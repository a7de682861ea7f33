package dev.varve.server;

/**
 * The bounds of views of entries. Immutable.
 *
 * @param snapshotPartBytes a part of a snapshot that is as long takes no further entry
 * @param writeBytes a write whose messages would be longer is told as a snapshot of what stands after it
 * @param passedOver how many changes one page looks at when the view shows nothing of them
 * @param keptBytes about how many bytes of pages are kept for later readers
 */
record ViewBounds(int snapshotPartBytes, int writeBytes, int passedOver, long keptBytes) {

    static final ViewBounds DEFAULT = new ViewBounds(1 << 20, 8 << 20, 10_000, 16 << 20);
}
