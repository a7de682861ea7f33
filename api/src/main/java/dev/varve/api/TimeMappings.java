package dev.varve.api;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The types of java.time, as ISO 8601 writes them. */
final class TimeMappings {

    /** What {@link Year#parse} reads. Its {@code toString} is something else before the year 1000 and after 9999. */
    private static final DateTimeFormatter YEAR = years().toFormatter(Locale.ROOT);

    /** As {@link #YEAR}: what {@link YearMonth#parse} reads, and its {@code toString} does not always write. */
    private static final DateTimeFormatter YEAR_MONTH =
            years().appendLiteral('-').appendValue(ChronoField.MONTH_OF_YEAR, 2).toFormatter(Locale.ROOT);

    private TimeMappings() {}

    private static DateTimeFormatterBuilder years() {
        return new DateTimeFormatterBuilder().appendValue(ChronoField.YEAR, 4, 10, SignStyle.EXCEEDS_PAD);
    }

    static Map<Class<?>, ValueMapping> all() {
        Map<Class<?>, ValueMapping> all = new HashMap<>();
        all.put(Instant.class, of(Instant::parse, "a time such as 2026-03-31T12:00:00Z"));
        all.put(LocalDate.class, of(LocalDate::parse, "a date such as 2026-03-31"));
        all.put(LocalTime.class, of(LocalTime::parse, "a time of day such as 12:00:00"));
        all.put(LocalDateTime.class, of(LocalDateTime::parse, "a date and time such as 2026-03-31T12:00:00"));
        all.put(OffsetTime.class, of(OffsetTime::parse, "a time of day such as 12:00:00+02:00"));
        all.put(OffsetDateTime.class, of(OffsetDateTime::parse, "a time such as 2026-03-31T12:00:00+02:00"));
        all.put(
                ZonedDateTime.class,
                of(ZonedDateTime::parse, "a time such as 2026-03-31T12:00:00+02:00[Europe/Berlin]"));
        all.put(Duration.class, of(Duration::parse, "a duration such as PT1H30M"));
        all.put(Period.class, of(Period::parse, "a period such as P1Y2M3D"));
        all.put(MonthDay.class, of(MonthDay::parse, "a day of a year such as --03-31"));
        all.put(ZoneId.class, of(ZoneId::of, "a time zone such as Europe/Berlin"));
        all.put(ZoneOffset.class, of(ZoneOffset::of, "an offset such as +02:00"));
        all.put(Year.class, of(written(YEAR), text -> Year.parse(text, YEAR), "a year such as 2026"));
        all.put(
                YearMonth.class,
                of(written(YEAR_MONTH), text -> YearMonth.parse(text, YEAR_MONTH), "a month such as 2026-03"));
        return all;
    }

    private static ValueMapping of(Function<String, Object> read, String expected) {
        return of(Object::toString, read, expected);
    }

    private static ValueMapping of(Function<Object, String> write, Function<String, Object> read, String expected) {
        return new EnvelopeMapping("datetime", new TextMapping(write, read, expected));
    }

    private static Function<Object, String> written(DateTimeFormatter as) {
        return time -> as.format((TemporalAccessor) time);
    }
}
