package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Keeps the documentation true. To make it anew:
 * {@code mvn -pl cli -am test -Dtest=ConfigurationDocsTest -Dsurefire.failIfNoSpecifiedTests=false -Dvarve.docs.write}
 */
final class ConfigurationDocsTest {

    private static final Path FILE = Path.of("..", "docs", "configuration.md");

    @Test
    void the_documentation_is_what_the_table_of_settings_says() throws IOException {
        String made = ConfigurationDocs.markdown(ServeSettings.ALL);
        if (System.getProperty("varve.docs.write") != null) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, made);
        }
        assertThat(FILE).content().isEqualTo(made);
    }
}
