package dev.varve.engine.commits;

import dev.varve.engine.state.VarInts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A run of commits of one store, in memory, and as a row of the state, where the number of the first is in the key. Filled by the
 * shard's owner; others see what was there when they looked at {@link #count}.
 */
final class CommitBlock {

    private static final byte VERSION = 1;
    private static final int CHECKED_FROM = 1 + Integer.BYTES;
    private static final int HEADER_BYTES = CHECKED_FROM + 4 * Long.BYTES + Integer.BYTES;

    /** A run ends where it has so many commits, or so many bytes. */
    private static final int MAX_ITEMS = 1_024;

    private static final int TARGET_BYTES = 32 << 10;

    /** What a run takes beside its commits, in memory. */
    static final int OVERHEAD_BYTES = 350;

    private static final int FIRST_ITEMS = 4;
    private static final int FIRST_BYTES = 128;

    /** The numbers of the commits, where each ends, and the bytes of all: of use up to the count. */
    private record Contents(long[] numbers, int[] ends, byte[] bytes) {}

    private volatile Contents contents;
    private volatile int count;

    /* Of whoever fills it, then of whoever writes it. */
    private long lastMillis;
    private long lastEntry;

    CommitBlock() {
        this(new Contents(new long[FIRST_ITEMS], new int[FIRST_ITEMS], new byte[FIRST_BYTES]));
    }

    private CommitBlock(Contents contents) {
        this.contents = contents;
    }

    /** Adds a commit, and gives how much more memory this takes. */
    int add(CommitItem item) {
        byte[] encoded = item.encode();
        Contents now = contents;
        int at = count;
        int start = at == 0 ? 0 : now.ends[at - 1];
        int end = start + encoded.length;
        int before = now.bytes.length + now.numbers.length * (Long.BYTES + Integer.BYTES);
        if (at == now.numbers.length || end > now.bytes.length) {
            int items = at == now.numbers.length ? 2 * at : now.numbers.length;
            int bytes = end > now.bytes.length ? Math.max(end, 2 * now.bytes.length) : now.bytes.length;
            now = new Contents(
                    Arrays.copyOf(now.numbers, items), Arrays.copyOf(now.ends, items), Arrays.copyOf(now.bytes, bytes));
        }
        now.numbers[at] = item.number();
        now.ends[at] = end;
        System.arraycopy(encoded, 0, now.bytes, start, encoded.length);
        lastMillis = item.timeMillis();
        if (item.entries() > 0) {
            lastEntry = item.lastEntry();
        }
        // The arrays before the count: who sees the count sees what it counts.
        contents = now;
        count = at + 1;
        return now.bytes.length + now.numbers.length * (Long.BYTES + Integer.BYTES) - before;
    }

    /** Whether the next commit belongs to another run. */
    boolean isFull() {
        int items = count;
        return items == MAX_ITEMS || (items > 0 && contents.ends[items - 1] >= TARGET_BYTES);
    }

    int count() {
        return count;
    }

    long first() {
        return contents.numbers[0];
    }

    long last() {
        return contents.numbers[count - 1];
    }

    long lastMillis() {
        return lastMillis;
    }

    /** The last change of entries of all these commits; 0 when there is none. */
    long lastEntry() {
        return lastEntry;
    }

    /** The index of the first commit after a number; the count when there is none. */
    int indexAfter(long number) {
        int items = count;
        int found = Arrays.binarySearch(contents.numbers, 0, items, number);
        return found >= 0 ? found + 1 : -found - 1;
    }

    CommitItem item(int index) {
        Contents now = contents;
        int start = index == 0 ? 0 : now.ends[index - 1];
        return CommitItem.decode(now.numbers[index], ByteBuffer.wrap(now.bytes, start, now.ends[index] - start));
    }

    // ---- as a row

    byte[] encode() {
        Contents now = contents;
        int items = count;
        int bytes = now.ends[items - 1];
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + items * 2 * VarInts.MAX_BYTES + bytes);
        out.put(VERSION)
                .putInt(0)
                .putLong(now.numbers[0])
                .putLong(now.numbers[items - 1])
                .putLong(lastMillis)
                .putLong(lastEntry)
                .putInt(items);
        int start = 0;
        for (int i = 0; i < items; i++) {
            VarInts.put(out, i == 0 ? 0 : now.numbers[i] - now.numbers[i - 1]);
            VarInts.put(out, now.ends[i] - start);
            start = now.ends[i];
        }
        out.put(now.bytes, 0, bytes);
        byte[] row = new byte[out.position()];
        out.flip().get(row);
        ByteBuffer.wrap(row).putInt(1, checksum(row));
        return row;
    }

    private static int checksum(byte[] row) {
        CRC32C crc = new CRC32C();
        crc.update(row, CHECKED_FROM, row.length - CHECKED_FROM);
        return (int) crc.getValue();
    }

    static CommitBlock decode(byte[] key, byte[] row) throws IOException {
        long first = ByteBuffer.wrap(key).getLong(Long.BYTES);
        ByteBuffer in = ByteBuffer.wrap(row);
        byte version = in.get();
        if (version != VERSION) {
            throw new IOException("the commits from " + first + " on are stored in version " + version
                    + ", this Varve reads " + VERSION);
        }
        if (in.getInt() != checksum(row) || in.getLong() != first) {
            throw new IOException("the commits from " + first + " on fail their checksum");
        }
        in.getLong(); // the last one
        long lastMillis = in.getLong();
        long lastEntry = in.getLong();
        int items = in.getInt();
        long[] numbers = new long[items];
        int[] ends = new int[items];
        long number = first;
        int end = 0;
        for (int i = 0; i < items; i++) {
            number += VarInts.get(in);
            numbers[i] = number;
            end += (int) VarInts.get(in);
            ends[i] = end;
        }
        byte[] bytes = new byte[end];
        in.get(bytes);
        CommitBlock block = new CommitBlock(new Contents(numbers, ends, bytes));
        block.lastMillis = lastMillis;
        block.lastEntry = lastEntry;
        block.count = items;
        return block;
    }
}
