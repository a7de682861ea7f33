package dev.varve.engine.streams;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the appends of many streams in one pass over the journal, in its order, and hands each to the chunks of its
 * stream: reading stream by stream would pass over the same bytes once for each. What it has read waits in memory until
 * a chunk is full, so it takes only so much at a time. Confined to a checkpoint's thread.
 */
final class Sweep implements StreamData.Places {

    private static final int MAX_APPENDS = 1 << 17;
    private static final int MAX_BYTES = 16 << 20;

    /** Frames closer together than this are read in one go, because another read would cost more than skipping. */
    private static final int MAX_GAP_BYTES = 64 << 10;

    /** Number all appends of a sweep, which may exceed the bound by those of the last stream. */
    private static final int NUMBER_BITS = 18;

    private record Wanted(Refs refs, int first, int firstNumber, ChunkWriter chunks) {}

    private final List<Wanted> streams = new ArrayList<>();
    private int appends;
    private long bytes;

    /** For each append in the journal's order: where its frame stands behind that of the first, and its number. */
    private long[] order = {};

    /** For each append by number: which of the streams it belongs to. */
    private int[] owners = {};

    /** Whether a stream has so much that a pass of its own is better. */
    static boolean isLarge(Refs refs, int first, long from) {
        return refs.count() - first > MAX_APPENDS / 2 || refs.end(refs.count() - 1) - from > MAX_BYTES / 2;
    }

    /**
     * Takes in a stream that is not large.
     *
     * @param first its first append that is wanted
     * @param from the stream position where that begins
     * @param chunks where its appends go
     */
    void add(Refs refs, int first, long from, ChunkWriter chunks) {
        streams.add(new Wanted(refs, first, appends, chunks));
        appends += refs.count() - first;
        bytes += refs.end(refs.count() - 1) - from;
    }

    /** Whether it is time to {@link #run}. */
    boolean isFull() {
        return appends >= MAX_APPENDS || bytes >= MAX_BYTES;
    }

    /** Reads everything that was added, fills and flushes the chunks, and is empty again. */
    void run(StreamData data) throws IOException {
        if (appends > 0) {
            sort();
            data.visit(this, MAX_GAP_BYTES);
        }
        for (Wanted wanted : streams) {
            wanted.chunks.flush();
        }
        streams.clear();
        appends = 0;
        bytes = 0;
    }

    private void sort() {
        order = new long[appends];
        owners = new int[appends];
        long base = Long.MAX_VALUE;
        for (Wanted wanted : streams) {
            base = Math.min(base, wanted.refs.framePosition(wanted.first));
        }
        for (int owner = 0; owner < streams.size(); owner++) {
            Wanted wanted = streams.get(owner);
            int number = wanted.firstNumber;
            for (int i = wanted.first; i < wanted.refs.count(); i++, number++) {
                order[number] = (wanted.refs.framePosition(i) - base) << NUMBER_BITS | number;
                owners[number] = owner;
            }
        }
        Arrays.sort(order);
    }

    private int number(int i) {
        return (int) (order[i] & (1 << NUMBER_BITS) - 1);
    }

    private Wanted wanted(int i) {
        return streams.get(owners[number(i)]);
    }

    private static int index(Wanted wanted, int number) {
        return wanted.first + number - wanted.firstNumber;
    }

    @Override
    public int count() {
        return appends;
    }

    @Override
    public long framePosition(int i) {
        Wanted wanted = wanted(i);
        return wanted.refs.framePosition(index(wanted, number(i)));
    }

    @Override
    public int frameBytes(int i) {
        Wanted wanted = wanted(i);
        return wanted.refs.frameBytes(index(wanted, number(i)));
    }

    @Override
    public int effectOffset(int i) {
        Wanted wanted = wanted(i);
        return wanted.refs.effectOffset(index(wanted, number(i)));
    }

    @Override
    public boolean piece(int i, Piece piece) throws IOException {
        return wanted(i).chunks.piece(piece);
    }
}
