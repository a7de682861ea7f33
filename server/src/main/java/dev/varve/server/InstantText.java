package dev.varve.server;

import java.time.Instant;
import java.time.LocalDate;

/** Moments as {@link Instant#toString} writes them, without its formatter, as an event has two of them. Stateless. */
final class InstantText {

    private static final long FIRST_SECOND =
            Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
    private static final int SECONDS_OF_DAY = 86_400;

    private InstantText() {}

    static void write(StringBuilder to, Instant moment) {
        long second = moment.getEpochSecond();
        if (second < FIRST_SECOND || second > LAST_SECOND) {
            to.append(moment); // years of more than four digits, or before Christ
            return;
        }
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(second, SECONDS_OF_DAY));
        int ofDay = Math.floorMod(second, SECONDS_OF_DAY);
        digits(to, day.getYear(), 1_000);
        digits(to.append('-'), day.getMonthValue(), 10);
        digits(to.append('-'), day.getDayOfMonth(), 10);
        digits(to.append('T'), ofDay / 3_600, 10);
        digits(to.append(':'), ofDay / 60 % 60, 10);
        digits(to.append(':'), ofDay % 60, 10);
        fraction(to, moment.getNano());
        to.append('Z');
    }

    /** None, three, six or nine digits. */
    private static void fraction(StringBuilder to, int nanos) {
        if (nanos == 0) {
            return;
        }
        to.append('.');
        if (nanos % 1_000_000 == 0) {
            digits(to, nanos / 1_000_000, 100);
        } else if (nanos % 1_000 == 0) {
            digits(to, nanos / 1_000, 100_000);
        } else {
            digits(to, nanos, 100_000_000);
        }
    }

    /** As many digits as the unit of the first one has. */
    private static void digits(StringBuilder to, int number, int unit) {
        for (int rest = unit; rest > 0; rest /= 10) {
            to.append((char) ('0' + number / rest % 10));
        }
    }
}
