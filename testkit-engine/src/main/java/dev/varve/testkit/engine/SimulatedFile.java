package dev.varve.testkit.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The content of a simulated file, or a directory's mark: what programs see, what is on the platter, and the writes
 * between the two. Guarded by the disk.
 */
final class SimulatedFile {

    /** Pages are written to the platter as a whole. */
    private static final int PAGE_BYTES = 4_096;

    private static final int SECTOR_BYTES = 512;

    /** A write that may or may not be on the platter. A doomed one was given up by a failed sync. */
    private static final class Pending {
        final int offset;
        final byte[] bytes;
        boolean doomed;

        Pending(int offset, byte[] bytes) {
            this.offset = offset;
            this.bytes = bytes;
        }

        int end() {
            return offset + bytes.length;
        }

        boolean overlaps(int from, int to) {
            return offset < to && from < end();
        }
    }

    /** How a power cut treats what was not synced. */
    enum Mode {
        ALL_LOST,
        ALL_KEPT,
        /** In the order of the writes, the last one partly. */
        PREFIX,
        /** Each sector by itself. */
        SUBSET
    }

    final boolean directory;

    private byte[] seen;
    private int seenBytes;
    private byte[] stored;
    private int storedBytes;
    /** Whether both views, or a copy of this file, share an array. */
    private boolean seenShared;

    private boolean storedShared;
    private final List<Pending> pending = new ArrayList<>();

    private SimulatedFile(boolean directory, byte[] content) {
        this.directory = directory;
        this.seen = content;
        this.seenBytes = content.length;
        this.stored = content;
        this.storedBytes = content.length;
        this.seenShared = true;
        this.storedShared = true;
    }

    static SimulatedFile empty() {
        return new SimulatedFile(false, new byte[0]);
    }

    static SimulatedFile ofDirectory() {
        return new SimulatedFile(true, new byte[0]);
    }

    static SimulatedFile of(byte[] content) {
        return new SimulatedFile(false, content.clone());
    }

    int size() {
        return seenBytes;
    }

    int syncedSize() {
        return storedBytes;
    }

    byte[] contents() {
        return Arrays.copyOf(seen, seenBytes);
    }

    int read(long position, ByteBuffer target) {
        if (position >= seenBytes) {
            return 0;
        }
        int length = (int) Math.min(target.remaining(), seenBytes - position);
        target.put(seen, (int) position, length);
        return length;
    }

    /** Changes what programs see. */
    void write(int position, byte[] bytes) {
        see(position, bytes);
        pending.add(new Pending(position, bytes));
    }

    /** Changes what programs see and what is stored. Other writes to the same pages are stored with it. */
    void writeDurably(int position, byte[] bytes) {
        see(position, bytes);
        int from = position / PAGE_BYTES * PAGE_BYTES;
        int to = (position + bytes.length + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        for (Iterator<Pending> i = pending.iterator(); i.hasNext(); ) {
            Pending write = i.next();
            if (write.overlaps(from, to)) {
                store(write.offset, write.bytes, 0, write.bytes.length);
                i.remove();
            }
        }
        store(position, bytes, 0, bytes.length);
    }

    /** A durable write that failed: seen, and given up. */
    void writeDoomed(int position, byte[] bytes) {
        write(position, bytes);
        pending.getLast().doomed = true;
    }

    void sync() {
        List<Pending> doomed = new ArrayList<>();
        for (Pending write : pending) {
            if (write.doomed) {
                doomed.add(write);
            } else {
                store(write.offset, write.bytes, 0, write.bytes.length);
                doomed.removeIf(old -> old.overlaps(write.offset, write.end()));
            }
        }
        pending.clear();
        pending.addAll(doomed);
        growStored(seenBytes);
    }

    /** The system takes the pages of a failed sync for clean: a later sync will not write them. */
    void failSync() {
        for (Pending write : pending) {
            write.doomed = true;
        }
    }

    private void see(int position, byte[] bytes) {
        int end = position + bytes.length;
        if (seenShared || end > seen.length) {
            seen = Arrays.copyOf(seen, Math.max(Math.max(end, seenBytes), end > seen.length ? seen.length * 2 : 0));
            seenShared = false;
        }
        seenBytes = Math.max(seenBytes, end);
        System.arraycopy(bytes, 0, seen, position, bytes.length);
    }

    private void store(int position, byte[] bytes, int from, int length) {
        growStored(position + length);
        if (storedShared) {
            stored = stored.clone();
            storedShared = false;
        }
        System.arraycopy(bytes, from, stored, position, length);
    }

    private void growStored(int size) {
        if (size > storedBytes) {
            if (size > stored.length) {
                stored = Arrays.copyOf(stored, Math.max(size, stored.length * 2));
                storedShared = false;
            }
            storedBytes = size;
        }
    }

    /** The file as it is seen, with nothing pending, in a world of its own. */
    SimulatedFile copy() {
        if (directory) {
            return ofDirectory();
        }
        seenShared = true;
        SimulatedFile copy = new SimulatedFile(false, seen);
        copy.seenBytes = seenBytes;
        copy.storedBytes = seenBytes;
        return copy;
    }

    /** The file as it is found after a power cut. */
    SimulatedFile afterPowerCut(Mode mode, RandomGenerator random, Map<SimulatedDisk.Fault, Long> counts) {
        if (directory) {
            return ofDirectory();
        }
        SimulatedFile found = new SimulatedFile(false, stored);
        storedShared = true;
        found.seenBytes = storedBytes;
        found.storedBytes = storedBytes;
        if (!pending.isEmpty()) {
            int sector = random.nextBoolean() ? SECTOR_BYTES : PAGE_BYTES;
            int[] kept = keptSectors(found, mode, sector, random);
            if (mode == Mode.ALL_KEPT || (mode != Mode.ALL_LOST && random.nextBoolean())) {
                found.growStored(seenBytes);
            }
            count(kept, sector, counts);
            found.seen = found.stored;
            found.seenBytes = found.storedBytes;
            found.seenShared = true;
            found.storedShared = true;
        }
        return found;
    }

    /**
     * Puts some sectors of the pending writes into a file. A page in the cache has one content, so what reaches the
     * platter of a sector is the state after some number of the writes to it.
     *
     * @return for each pending write how many of its sectors are there
     */
    private int[] keptSectors(SimulatedFile found, Mode mode, int sector, RandomGenerator random) {
        int[] kept = new int[pending.size()];
        int cutWrite = random.nextInt(pending.size());
        int lastSector = (seenBytes + sector - 1) / sector;
        for (int s = 0; s < lastSector; s++) {
            int from = s * sector;
            int to = from + sector;
            int touching = 0;
            for (Pending write : pending) {
                touching += write.overlaps(from, to) ? 1 : 0;
            }
            int keep = switch (mode) {
                case ALL_LOST -> 0;
                case ALL_KEPT, PREFIX -> touching;
                case SUBSET -> random.nextInt(touching + 1);
            };
            for (int i = 0; i < pending.size() && keep > 0; i++) {
                Pending write = pending.get(i);
                if (!write.overlaps(from, to)) {
                    continue;
                }
                if (mode == Mode.PREFIX && (i > cutWrite || (i == cutWrite && random.nextBoolean()))) {
                    break;
                }
                keep--;
                kept[i]++;
                int start = Math.max(from, write.offset);
                int end = Math.min(to, write.end());
                found.store(start, write.bytes, start - write.offset, end - start);
            }
        }
        return kept;
    }

    private void count(int[] kept, int sector, Map<SimulatedDisk.Fault, Long> counts) {
        boolean earlierLost = false;
        for (int i = 0; i < kept.length; i++) {
            Pending write = pending.get(i);
            int sectors = (write.end() + sector - 1) / sector - write.offset / sector;
            SimulatedDisk.@Nullable Fault fault = null;
            if (kept[i] == 0) {
                fault = SimulatedDisk.Fault.LOST_WRITE;
            } else if (kept[i] < sectors) {
                fault = sector == SECTOR_BYTES
                        ? SimulatedDisk.Fault.TORN_AT_512_BYTES
                        : SimulatedDisk.Fault.TORN_AT_4_KIB;
            }
            if (fault != null) {
                counts.merge(fault, 1L, Long::sum);
            }
            if (kept[i] > 0 && earlierLost) {
                counts.merge(SimulatedDisk.Fault.REORDERED_WRITE, 1L, Long::sum);
            }
            earlierLost |= kept[i] < sectors;
        }
    }
}
