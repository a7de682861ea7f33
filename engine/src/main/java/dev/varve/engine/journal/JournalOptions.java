package dev.varve.engine.journal;

/**
 * How a local journal uses its disk. Immutable.
 *
 * @param segmentBytes size of a segment file; bounds a group to a little less. A multiple of 4,096
 * @param firstSegmentBytes size of the very first segment, small so that a new store is there quickly; each further one
 *     is twice as large until {@code segmentBytes} is reached. A multiple of 4,096
 * @param spareSegments how many segments are kept ready beyond the reserve
 * @param reserveSegments how many ready segments are held back for {@link Journal#useReserve}
 * @param recycledSegments how many truncated segments at most are kept to be used again
 * @param minFreeBytes no segment is allocated that would leave less free space on the disk
 * @param markIntervalMillis how often the durable mark is written; bounds what opening rewrites after a crash
 */
public record JournalOptions(
        int segmentBytes,
        int firstSegmentBytes,
        int spareSegments,
        int reserveSegments,
        int recycledSegments,
        long minFreeBytes,
        long markIntervalMillis) {

    /** The smallest segment, inclusive, in bytes; so small for tests only. */
    public static final int MIN_SEGMENT_BYTES = 8 << 10;

    /** The largest segment, inclusive, in bytes. */
    public static final int MAX_SEGMENT_BYTES = 1 << 30;

    /** The most segments, inclusive, that are kept ready, held back or recycled. */
    public static final int MAX_KEPT_SEGMENTS = 1_024;

    /** What a server uses: 64 MiB segments, 4 MiB first, one spare, one in reserve, 256 MiB left free, a mark every 100 ms. */
    public static final JournalOptions DEFAULTS = new JournalOptions(64 << 20, 4 << 20, 1, 1, 16, 256L << 20, 100);

    /** Checks the bounds. */
    public JournalOptions {
        requireSegment("segmentBytes", segmentBytes);
        requireSegment("firstSegmentBytes", firstSegmentBytes);
        requireCount("spareSegments", spareSegments, 1);
        requireCount("reserveSegments", reserveSegments, 0);
        requireCount("recycledSegments", recycledSegments, 0);
        if (firstSegmentBytes > segmentBytes) {
            throw new IllegalArgumentException("firstSegmentBytes is " + firstSegmentBytes
                    + ", must be at most segmentBytes, which is " + segmentBytes);
        }
        if (minFreeBytes < 0) {
            throw new IllegalArgumentException("minFreeBytes is " + minFreeBytes + ", must not be negative");
        }
        if (markIntervalMillis < 1) {
            throw new IllegalArgumentException("markIntervalMillis is " + markIntervalMillis + ", must be at least 1");
        }
    }

    private static void requireSegment(String name, int bytes) {
        if (bytes < MIN_SEGMENT_BYTES || bytes > MAX_SEGMENT_BYTES || bytes % ControlBlock.BYTES != 0) {
            throw new IllegalArgumentException(name + " is " + bytes + ", must be a multiple of " + ControlBlock.BYTES
                    + " from " + MIN_SEGMENT_BYTES + " to " + MAX_SEGMENT_BYTES);
        }
    }

    private static void requireCount(String name, int count, int least) {
        if (count < least || count > MAX_KEPT_SEGMENTS) {
            throw new IllegalArgumentException(
                    name + " is " + count + ", must be from " + least + " to " + MAX_KEPT_SEGMENTS);
        }
    }

    /**
     * The largest group that can be appended.
     *
     * @return bytes with frame headers and padding, inclusive
     */
    public int maxGroupBytes() {
        return segmentBytes - ControlBlock.BYTES - FrameFormat.START_BYTES - FrameFormat.SEAL_BYTES;
    }

    /**
     * The same with other segment sizes.
     *
     * @param segment new {@link #segmentBytes}
     * @param first new {@link #firstSegmentBytes}
     * @return the changed options
     */
    public JournalOptions withSegmentBytes(int segment, int first) {
        return new JournalOptions(
                segment, first, spareSegments, reserveSegments, recycledSegments, minFreeBytes, markIntervalMillis);
    }

    /**
     * The same with another floor of free space.
     *
     * @param bytes new {@link #minFreeBytes}
     * @return the changed options
     */
    public JournalOptions withMinFreeBytes(long bytes) {
        return new JournalOptions(
                segmentBytes,
                firstSegmentBytes,
                spareSegments,
                reserveSegments,
                recycledSegments,
                bytes,
                markIntervalMillis);
    }

    /**
     * The same with another interval of the durable mark.
     *
     * @param millis new {@link #markIntervalMillis}
     * @return the changed options
     */
    public JournalOptions withMarkIntervalMillis(long millis) {
        return new JournalOptions(
                segmentBytes,
                firstSegmentBytes,
                spareSegments,
                reserveSegments,
                recycledSegments,
                minFreeBytes,
                millis);
    }

    /**
     * The same with other numbers of kept segments.
     *
     * @param spare new {@link #spareSegments}
     * @param reserve new {@link #reserveSegments}
     * @param recycled new {@link #recycledSegments}
     * @return the changed options
     */
    public JournalOptions withKeptSegments(int spare, int reserve, int recycled) {
        return new JournalOptions(
                segmentBytes, firstSegmentBytes, spare, reserve, recycled, minFreeBytes, markIntervalMillis);
    }
}
