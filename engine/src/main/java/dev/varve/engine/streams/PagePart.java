package dev.varve.engine.streams;

import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.spi.PartedReads;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Part of a page in the form in which it leaves: large stretches where they were read, small ones joined. The bytes never
 * change; the memory is given back by whoever got the part.
 *
 * @param buffers the bytes
 * @param length how many
 * @param lease the memory in which they lie; null for none
 */
record PagePart(List<ByteBuffer> buffers, int length, ReadMemory.@Nullable Lease lease) implements PartedReads.Part {

    /** Stretches below this are copied together: each buffer costs the kernel something. */
    private static final int MIN_SLICE_BYTES = 16 << 10;

    /** Bytes on the heap, which nobody has to give back. */
    static PagePart onHeap(ByteBuffer bytes) {
        return new PagePart(List.of(bytes), bytes.remaining(), null);
    }

    /**
     * Makes a part of what was gathered.
     *
     * @param json whether the stored messages are separated by commas, of which the last one is not sent
     * @param first whether the page begins here
     * @param last whether it ends here
     * @param lease the memory in which it lies; becomes the part's
     */
    static PagePart of(
            PageReader.Gathered gathered, boolean json, boolean first, boolean last, ReadMemory.Lease lease) {
        int joined = 2;
        for (PageReader.Slice slice : gathered.slices()) {
            joined += sentInPlace(slice) ? 0 : slice.lastByte() - slice.firstByte();
        }
        boolean allJoined = joined >= gathered.length();
        // What was all joined needs the memory no more in which it was read.
        ByteBuffer small = allJoined ? ByteBuffer.allocate(joined) : lease.take(joined);
        List<ByteBuffer> buffers = new ArrayList<>();
        int begun = 0;
        if (json && first) {
            small.put((byte) '[');
        }
        for (PageReader.Slice slice : gathered.slices()) {
            boolean lastSlice = last && slice.to() == gathered.next();
            int end = slice.lastByte() - (json && lastSlice ? 1 : 0);
            Payload payload = slice.piece().payload();
            if (!sentInPlace(slice)) {
                payload.copyTo(slice.firstByte(), end, small);
            } else {
                begun = cut(small, begun, buffers);
                buffers.add(payload.slice(slice.firstByte(), end));
            }
        }
        if (json && last) {
            small.put((byte) ']');
        }
        cut(small, begun, buffers);
        int length = gathered.length() + (json && first ? 1 : 0);
        if (allJoined) {
            lease.close();
            return new PagePart(buffers, length, null);
        }
        return new PagePart(buffers, length, lease);
    }

    private static boolean sentInPlace(PageReader.Slice slice) {
        return slice.piece().payload().isDirect() && slice.lastByte() - slice.firstByte() >= MIN_SLICE_BYTES;
    }

    /** Adds what was joined since the last cut. */
    private static int cut(ByteBuffer small, int begun, List<ByteBuffer> buffers) {
        if (small.position() > begun) {
            buffers.add(small.slice(begun, small.position() - begun).asReadOnlyBuffer());
        }
        return small.position();
    }

    @Override
    public void close() {
        if (lease != null) {
            lease.close();
        }
    }
}
