package dev.varve.cli;

import java.util.List;

/** {@code docs/configuration.md}, made from the table of settings. */
final class ConfigurationDocs {
    private static final String HEAD = """
            # Configuration of `varve serve`

            <!-- Made from ServeSettings.java. ConfigurationDocsTest says how to make it anew. -->

            Every setting can be given in three ways. Where more than one speaks, the first of these wins:

            1. an option: `varve serve --port 4438`
            2. an environment variable: `VARVE_PORT=4438` (an empty one counts as absent)
            3. a line of the configuration file: `port = 4438`
            4. the default

            The file is named by `--config FILE` or `VARVE_CONFIG`. Its lines are `key = value`, with the keys below; lines that
            start with `#` are comments. A value goes to the end of its line and is not quoted. An unknown key, a key that is set
            twice and a value that cannot be read are errors: the server does not start.

            Durations are a whole number with a unit: `500ms`, `30s`, `5m`, `2h`, `7d`. Sizes are a whole number of bytes, or one
            with a unit: `64KiB`, `16MiB`, `2GiB`. A flag may stand alone as an option: `--ephemeral` means `--ephemeral=true`.

            """;

    private ConfigurationDocs() {}

    static String markdown(List<Setting<?>> settings) {
        StringBuilder text = new StringBuilder(HEAD);
        text.append("| setting | option | variable | value | default | |\n|---|---|---|---|---|---|\n");
        for (Setting<?> setting : settings) {
            text.append("| `").append(setting.name()).append("` | `").append(setting.option());
            text.append(setting.isFlag() ? "" : " " + setting.type().placeholder());
            text.append("` | `").append(setting.variable()).append("` | ");
            text.append(setting.type().name()).append(" | ");
            text.append(setting.byDefault() == null ? "none" : "`" + setting.byDefault() + "`")
                    .append(" | ");
            text.append(setting.description()).append(" |\n");
        }
        return text.toString();
    }
}
