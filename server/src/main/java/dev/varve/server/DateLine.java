package dev.varve.server;

import dev.varve.engine.io.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/** The header line {@code Date}, made once a second. Thread-safe. */
final class DateLine {

    private static final DateTimeFormatter FORMAT = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    /** The line, and until when it is right in the clock's elapsed time. */
    private record Line(byte[] bytes, long untilNanos) {}

    private final Clock clock;
    private volatile Line line;

    DateLine(Clock clock) {
        this.clock = clock;
        this.line = make(clock.elapsedNanos());
    }

    /**
     * The line of now. When the wall clock is set it may be the one of before for up to a second.
     *
     * @param nowNanos the clock's elapsed time
     */
    byte[] line(long nowNanos) {
        Line current = line;
        if (nowNanos - current.untilNanos >= 0) {
            current = make(nowNanos);
            line = current;
        }
        return current.bytes;
    }

    private Line make(long nowNanos) {
        long millis = clock.wallMillis();
        long second = Math.floorDiv(millis, 1000);
        String text = "Date: " + FORMAT.format(Instant.ofEpochSecond(second)) + "\r\n";
        long left = TimeUnit.MILLISECONDS.toNanos((second + 1) * 1000 - millis);
        return new Line(text.getBytes(StandardCharsets.US_ASCII), nowNanos + left);
    }
}
