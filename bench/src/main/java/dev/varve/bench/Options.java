package dev.varve.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was typed: {@code --name value} pairs and switches, every name known, each with a default. Immutable. */
public final class Options {

    /** Says what is wrong with the words on the command line. */
    public static final class UsageException extends RuntimeException {
        public UsageException(String message) {
            super(message);
        }
    }

    private final Map<String, String> values;
    private final List<String> repeated;

    private Options(Map<String, String> values, List<String> repeated) {
        this.values = values;
        this.repeated = repeated;
    }

    /**
     * Reads the words after the command.
     *
     * @param args the words
     * @param repeatable the one name that may come several times, or null
     * @param known name, default, name, default …; a default of {@code on} or {@code off} makes a switch, whose value
     *     may be left out and then is {@code on}
     */
    public static Options parse(List<String> args, @Nullable String repeatable, String... known) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < known.length; i += 2) {
            values.put(known[i], known[i + 1]);
        }
        List<String> repeated = new ArrayList<>();
        for (int i = 0; i < args.size(); i++) {
            String name = args.get(i);
            String standard = values.get(name);
            if (standard == null && !name.equals(repeatable)) {
                throw new UsageException("unknown option " + name + "; known are " + String.join(" ", values.keySet())
                        + (repeatable == null ? "" : " " + repeatable));
            }
            boolean last = i + 1 == args.size();
            boolean isSwitch = "on".equals(standard) || "off".equals(standard);
            if (isSwitch && (last || args.get(i + 1).startsWith("--"))) {
                values.put(name, "on");
            } else if (last) {
                throw new UsageException(name + " needs a value");
            } else if (standard == null) {
                repeated.add(args.get(++i));
            } else {
                values.put(name, args.get(++i));
            }
        }
        return new Options(values, Collections.unmodifiableList(repeated));
    }

    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no option " + name);
        }
        return value;
    }

    public boolean on(String name) {
        return switch (text(name)) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new UsageException(name + " is on or off, not " + text(name));
        };
    }

    public int number(String name) {
        double value = decimal(name);
        if (value != Math.rint(value) || value > Integer.MAX_VALUE) {
            throw new UsageException(name + " is a whole number, not " + text(name));
        }
        return (int) value;
    }

    public double decimal(String name) {
        try {
            double value = Double.parseDouble(text(name));
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException(name + " is a number that is not negative, not " + text(name));
    }

    /** A seed: the given one, or one drawn now when the option is {@code random}. */
    public long seed(String name) {
        if (text(name).equals("random")) {
            return System.nanoTime() & 0xffff_ffffL;
        }
        try {
            return Long.parseLong(text(name));
        } catch (NumberFormatException e) {
            throw new UsageException(name + " is a whole number, not " + text(name));
        }
    }

    public List<String> repeated() {
        return repeated;
    }
}
