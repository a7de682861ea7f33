package dev.varve.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts an input into lines, as many at a time as have arrived. Confined to one thread. */
final class Lines {

    /** The longest line that is taken. */
    static final int MAX_LINE_BYTES = 8 << 20;

    private static final int TAKE_BYTES = 1 << 20;

    private final ReadAhead input;
    private final Duration linger;
    private byte[] rest = {};
    private boolean ended;
    private long count;

    /**
     * Lines of an input.
     *
     * @param linger how long to wait for further lines once one is there
     */
    Lines(ReadAhead input, Duration linger) {
        this.input = input;
        this.linger = linger;
    }

    /**
     * The lines that have come, each with its line end; the last line of the input may have none. Waits for one.
     *
     * @return empty at the end of the input only
     */
    List<byte[]> next() throws IOException {
        List<byte[]> lines = new ArrayList<>();
        while (lines.isEmpty() && !ended) {
            byte[] more = input.take(TAKE_BYTES, linger);
            int scanFrom = rest.length;
            byte[] all = rest.length == 0 ? more : concatenate(rest, more);
            int from = 0;
            for (int i = scanFrom; i < all.length; i++) {
                if (all[i] == '\n') {
                    lines.add(Arrays.copyOfRange(all, from, i + 1));
                    from = i + 1;
                }
            }
            rest = from == 0 ? all : Arrays.copyOfRange(all, from, all.length);
            if (rest.length > MAX_LINE_BYTES) {
                throw new UsageException("line " + (count + lines.size() + 1) + " of the input is longer than "
                        + (MAX_LINE_BYTES >> 20) + " MiB; send it without --lines");
            }
            if (more.length == 0) {
                ended = true;
                if (rest.length > 0) {
                    lines.add(rest);
                    rest = new byte[0];
                }
            }
        }
        count += lines.size();
        return lines;
    }

    /** How many lines were given. */
    long count() {
        return count;
    }

    private static byte[] concatenate(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
