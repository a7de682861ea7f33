package dev.varve.client;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/** Reads moments as servers write them, without a formatter where it can; whatever else {@link Instant#parse} takes is left to it. Stateless. */
final class InstantText {

    private static final String FORM = "0000-00-00T00:00:00";
    private static final int MOST_DIGITS = 9;

    private InstantText() {}

    /**
     * Reads a moment.
     *
     * @throws DateTimeException when the text is none
     */
    static Instant read(String text) {
        int end = text.length() - 1;
        if (!isPlain(text, end)) {
            return Instant.parse(text);
        }
        int hour = number(text, 11, 13);
        int minute = number(text, 14, 16);
        int second = number(text, 17, 19);
        if (hour > 23 || minute > 59 || second > 59) {
            return Instant.parse(text);
        }
        LocalDate day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
        int nanos = 0;
        if (end > FORM.length()) {
            nanos = number(text, FORM.length() + 1, end);
            for (int digits = end - FORM.length() - 1; digits < MOST_DIGITS; digits++) {
                nanos *= 10;
            }
        }
        return Instant.ofEpochSecond(day.toEpochDay() * 86_400 + hour * 3_600L + minute * 60L + second, nanos);
    }

    /** Whether it is four digits of a year and so on, with a fraction of one to nine digits or none, and Z behind it. */
    private static boolean isPlain(String text, int end) {
        if (end < FORM.length() || text.charAt(end) != 'Z') {
            return false;
        }
        for (int i = 0; i < FORM.length(); i++) {
            char form = FORM.charAt(i);
            if (form == '0' ? !isDigit(text.charAt(i)) : text.charAt(i) != form) {
                return false;
            }
        }
        if (end == FORM.length()) {
            return true;
        }
        int digits = end - FORM.length() - 1;
        if (text.charAt(FORM.length()) != '.' || digits < 1 || digits > MOST_DIGITS) {
            return false;
        }
        for (int i = FORM.length() + 1; i < end; i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** The digits from one index to before another. */
    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + text.charAt(i) - '0';
        }
        return number;
    }
}
