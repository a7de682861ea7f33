package dev.varve.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes as people write them: {@code 4096}, {@code 64KiB}, {@code 16MiB}, {@code 2GiB}. Thread-safe. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB|TiB)?");

    private Sizes() {}

    static long parse(String text) {
        Matcher match = FORM.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size: write a whole number of bytes, or one with KiB, MiB, GiB or TiB,"
                            + " as in 64MiB");
        }
        int shift = match.group(2) == null
                ? 0
                : switch (match.group(2)) {
                    case "KiB" -> 10;
                    case "MiB" -> 20;
                    case "GiB" -> 30;
                    case "TiB" -> 40;
                    default -> 0;
                };
        long number = Long.parseLong(match.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("\"" + text + "\" is more bytes than a number can hold");
        }
        return number << shift;
    }

    /** A number of bytes for people, with one decimal from 10 KiB on. */
    static String show(long bytes) {
        if (bytes < 10 << 10) {
            return bytes + " B";
        }
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
