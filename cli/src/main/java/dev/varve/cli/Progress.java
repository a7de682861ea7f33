package dev.varve.cli;

import java.util.function.LongSupplier;

/**
 * Shows on a terminal how far a long transfer has come, once it is longer than 1 MiB, a few times a second. Confined to
 * one thread.
 */
final class Progress implements AutoCloseable {
    private static final long QUIET_BYTES = 1 << 20;
    private static final long STEP_NANOS = 200_000_000;

    private final Io io;
    private final long totalBytes;
    private final LongSupplier nanos;
    private final long startedNanos;
    private long bytes;
    private long shownNanos;
    private boolean shown;

    /**
     * A transfer that begins now.
     *
     * @param totalBytes how much it will be, or -1 when nobody knows
     */
    Progress(Io io, long totalBytes) {
        this(io, totalBytes, System::nanoTime);
    }

    Progress(Io io, long totalBytes, LongSupplier nanos) {
        this.io = io;
        this.totalBytes = totalBytes;
        this.nanos = nanos;
        this.startedNanos = nanos.getAsLong();
        this.shownNanos = startedNanos;
    }

    void add(long more) {
        bytes += more;
        long now = nanos.getAsLong();
        if (bytes > QUIET_BYTES
                && now - shownNanos >= STEP_NANOS
                && io.errIsTerminal().getAsBoolean()) {
            shownNanos = now;
            shown = true;
            io.err().print("\r" + text(now) + "\033[K");
            io.err().flush();
        }
    }

    private String text(long now) {
        double seconds = Math.max(1, now - startedNanos) / 1e9;
        String speed = Sizes.show((long) (bytes / seconds)) + "/s";
        if (totalBytes <= 0) {
            return Sizes.show(bytes) + "  " + speed;
        }
        return Sizes.show(bytes) + " of " + Sizes.show(totalBytes) + "  "
                + (100 * Math.min(bytes, totalBytes) / totalBytes) + "%  " + speed;
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (shown) {
            io.err().print("\r\033[K");
            io.err().flush();
            shown = false;
        }
    }
}
