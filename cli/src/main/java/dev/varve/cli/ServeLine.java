package dev.varve.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a plain {@code varve serve} from the table of settings. Picocli knows the same options, but to set it up takes a
 * third of the time in which the server starts; so it is asked only about what is not plain here: a call for help, a
 * mistake, anything that could be meant in two ways. Thread-safe.
 */
final class ServeLine {
    private ServeLine() {}

    /**
     * Reads a command line.
     *
     * @param args what was typed after {@code varve}
     * @return the text of each option by the option's name, or null when picocli has to look at it
     */
    static @Nullable Map<String, String> read(List<String> args) {
        if (args.isEmpty() || !args.getFirst().equals("serve")) {
            return null;
        }
        Map<String, String> given = new HashMap<>();
        for (int i = 1; i < args.size(); i++) {
            String arg = args.get(i);
            int equals = arg.indexOf('=');
            String option = equals < 0 ? arg : arg.substring(0, equals);
            String next = i + 1 < args.size() ? args.get(i + 1) : null;
            String text;
            if (equals >= 0) {
                text = arg.substring(equals + 1);
            } else if (!isFlag(option)) {
                text = next;
                i++;
            } else if (next == null || next.startsWith("--")) {
                text = "true";
            } else {
                return null; // a value of the flag, perhaps
            }
            if (!isKnown(option) || text == null || !isPlain(text) || given.put(option, text) != null) {
                return null;
            }
        }
        return given;
    }

    /** Not empty, not an option, not quoted, not the name of a file with arguments. */
    private static boolean isPlain(String text) {
        return !text.isEmpty() && "-@\"'".indexOf(text.charAt(0)) < 0;
    }

    private static boolean isKnown(String option) {
        return option.equals(ServeConfig.FILE_OPTION)
                || ServeSettings.ALL.stream()
                        .anyMatch(setting -> setting.option().equals(option));
    }

    private static boolean isFlag(String option) {
        return ServeSettings.ALL.stream()
                .anyMatch(setting -> setting.isFlag() && setting.option().equals(option));
    }
}
