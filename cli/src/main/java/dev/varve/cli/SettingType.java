package dev.varve.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * How the text of a setting is read. Immutable.
 *
 * @param name what the documentation calls it
 * @param placeholder what stands for a value in the usage text
 * @param parser reads the text; refuses it with an {@link IllegalArgumentException} whose message is a whole sentence
 */
record SettingType<T>(String name, String placeholder, Function<String, T> parser) {

    static final SettingType<Boolean> FLAG = new SettingType<>("true or false", "BOOLEAN", SettingType::flag);
    static final SettingType<String> TEXT = new SettingType<>("text", "TEXT", SettingType::text);
    static final SettingType<Path> PATH = new SettingType<>("path", "PATH", SettingType::path);
    static final SettingType<URI> URL = new SettingType<>("URL", "URL", SettingType::url);
    static final SettingType<Duration> DURATION =
            new SettingType<>("duration", "DURATION", SettingType::positiveDuration);

    /** Hosts with ports, separated by commas. */
    static final SettingType<Set<String>> TARGETS =
            new SettingType<>("host:port, with commas between several", "HOST:PORT", SettingType::targets);

    /** Origins of pages, separated by commas. */
    static final SettingType<Set<String>> ORIGINS =
            new SettingType<>("origin, with commas between several", "ORIGIN", SettingType::origins);

    /** A number between two bounds, both inclusive. */
    static SettingType<Integer> number(int least, int most) {
        return new SettingType<>("number, " + least + " to " + most, "N", text -> {
            int number;
            try {
                number = Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("\"" + text + "\" is not a whole number", e);
            }
            if (number < least || number > most) {
                throw new IllegalArgumentException(number + " is not between " + least + " and " + most);
            }
            return number;
        });
    }

    /** A number of bytes between two bounds, both inclusive. */
    static SettingType<Long> size(long least, long most) {
        return new SettingType<>("size, " + shown(least) + " to " + shown(most), "SIZE", text -> {
            long bytes = Sizes.parse(text);
            if (bytes < least || bytes > most) {
                throw new IllegalArgumentException(text + " is not between " + shown(least) + " and " + shown(most));
            }
            return bytes;
        });
    }

    /** One of a few words. */
    static SettingType<String> word(List<String> words) {
        return new SettingType<>(String.join(", ", words), "WORD", text -> {
            String word = text.toLowerCase(Locale.ROOT);
            if (!words.contains(word)) {
                throw new IllegalArgumentException("\"" + text + "\" is none of " + String.join(", ", words));
            }
            return word;
        });
    }

    /** A bound as one would write it in a file. */
    private static String shown(long bytes) {
        String[] units = {"", "KiB", "MiB", "GiB", "TiB"};
        long value = bytes;
        int unit = 0;
        while (value != 0 && value % 1024 == 0 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }

    private static boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }

    private static Set<String> targets(String text) {
        Set<String> targets = new LinkedHashSet<>();
        for (String target : text.split(",", -1)) {
            String trimmed = target.strip();
            if (!trimmed.matches("\\S+:[0-9]{1,5}")) {
                throw new IllegalArgumentException(
                        "\"" + trimmed + "\" is no host with a port, such as hooks.lan:8080");
            }
            targets.add(trimmed);
        }
        return targets;
    }

    private static Set<String> origins(String text) {
        Set<String> origins = new LinkedHashSet<>();
        for (String origin : text.split(",", -1)) {
            String trimmed = origin.strip();
            if (!trimmed.matches("https?://[^/\\s?#]+")) {
                throw new IllegalArgumentException(
                        "\"" + trimmed + "\" is no origin as browsers send them, such as https://app.example.com");
            }
            origins.add(trimmed.toLowerCase(Locale.ROOT));
        }
        return origins;
    }

    private static String text(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("it is empty");
        }
        return text;
    }

    private static Path path(String text) {
        try {
            return Path.of(text(text));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a path", e);
        }
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a URL", e);
        }
        throw new IllegalArgumentException("\"" + text + "\" is not an http or https URL");
    }

    private static Duration positiveDuration(String text) {
        Duration duration = Durations.parse(text);
        if (duration.isZero()) {
            throw new IllegalArgumentException("it must be more than zero");
        }
        return duration;
    }
}
