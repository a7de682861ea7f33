package dev.varve.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What {@code varve serve} was told, each setting by the first that speaks of it: option, environment variable,
 * configuration file, default. Immutable.
 */
final class ServeConfig {

    /** The option that names the configuration file. */
    static final String FILE_OPTION = "--config";

    /** The variable that names it. */
    static final String FILE_VARIABLE = "VARVE_CONFIG";

    /** A value as it was written, and where. */
    private record Told(String text, String where) {}

    /** By the setting's name. */
    private final Map<String, Told> told;

    private ServeConfig(Map<String, Told> told) {
        this.told = told;
    }

    /**
     * Reads and checks everything.
     *
     * @param settings the table
     * @param option the text that an option was given, by the option's name
     * @param environment the environment's variables
     * @throws UsageException naming the place and what is wrong there
     */
    static ServeConfig resolve(
            List<Setting<?>> settings, Function<String, Optional<String>> option, Map<String, String> environment) {
        Map<String, Told> told = new HashMap<>();
        for (Setting<?> setting : settings) {
            if (setting.byDefault() != null) {
                told.put(setting.name(), new Told(setting.byDefault(), "default"));
            }
        }
        option.apply(FILE_OPTION)
                .or(() -> Optional.ofNullable(environment.get(FILE_VARIABLE)).filter(text -> !text.isEmpty()))
                .ifPresent(file -> readFile(Path.of(file), settings, told));
        for (Setting<?> setting : settings) {
            String variable = environment.getOrDefault(setting.variable(), "");
            if (!variable.isEmpty()) {
                told.put(setting.name(), new Told(variable, setting.variable()));
            }
            option.apply(setting.option())
                    .ifPresent(text -> told.put(setting.name(), new Told(text, setting.option())));
        }
        ServeConfig config = new ServeConfig(told);
        settings.forEach(config::find);
        return config;
    }

    private static void readFile(Path file, List<Setting<?>> settings, Map<String, Told> told) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UsageException("cannot read the configuration file " + file + ": " + Problems.sentence(e));
        }
        Map<String, String> seen = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String where = file + ":" + (i + 1);
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new UsageException(where + ": \"" + line + "\" is not of the form key = value");
            }
            String key = line.substring(0, equals).strip();
            Setting<?> setting = named(key, settings, where);
            String before = seen.put(key, where);
            if (before != null) {
                throw new UsageException(where + ": " + key + " was set before, at " + before);
            }
            told.put(setting.name(), new Told(line.substring(equals + 1).strip(), where + ": " + key));
        }
    }

    private static Setting<?> named(String key, List<Setting<?>> settings, String where) {
        for (Setting<?> setting : settings) {
            if (setting.name().equals(key)) {
                return setting;
            }
        }
        String nearest = Nearest.to(key, settings.stream().map(Setting::name).toList());
        throw new UsageException(where + ": there is no setting " + key + "; the nearest is " + nearest);
    }

    /** The value of a setting that has a default. */
    <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(() -> new IllegalArgumentException(setting.name() + " has no default: use find"));
    }

    /** The value of a setting, if somebody or the default says one. */
    <T> Optional<T> find(Setting<T> setting) {
        Told value = told.get(setting.name());
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(setting.type().parser().apply(value.text()));
        } catch (IllegalArgumentException e) {
            throw new UsageException(value.where() + ": " + Problems.sentence(e));
        }
    }
}
