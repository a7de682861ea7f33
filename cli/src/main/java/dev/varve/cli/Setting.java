package dev.varve.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that {@code varve serve} can be told: by an option, an environment variable or a line of the configuration
 * file. Immutable.
 *
 * @param name in kebab case, as it stands in the file
 * @param type how its text is read
 * @param byDefault the text it has when nobody says anything; null for none
 * @param description one or more sentences for the usage text and the documentation
 */
record Setting<T>(
        String name, SettingType<T> type, @Nullable String byDefault, String description) {

    String option() {
        return "--" + name;
    }

    String variable() {
        return "VARVE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    boolean isFlag() {
        return type.name().equals(SettingType.FLAG.name());
    }
}
