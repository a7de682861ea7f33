package dev.varve.server;

import dev.varve.engine.io.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The header line {@code Date}, made once a second. Thread-safe. */
final class DateLine {

    private static final DateTimeFormatter FORMAT = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private record Line(long second, byte[] bytes) {}

    private final Clock clock;
    private volatile Line line;

    DateLine(Clock clock) {
        this.clock = clock;
        this.line = make(clock.wallMillis() / 1000);
    }

    byte[] line() {
        long second = clock.wallMillis() / 1000;
        Line current = line;
        if (current.second != second) {
            current = make(second);
            line = current;
        }
        return current.bytes;
    }

    private static Line make(long second) {
        String text = "Date: " + FORMAT.format(Instant.ofEpochSecond(second)) + "\r\n";
        return new Line(second, text.getBytes(StandardCharsets.US_ASCII));
    }
}
