package dev.varve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/compatibility.md says was tried is what the checks try. */
final class CompatibilityTest {

    private static final String PAGE = "docs/compatibility.md";

    private static final Pattern PACKAGE = Pattern.compile("`(@?[a-z][a-z/-]+)` (\\d+\\.\\d+\\.\\d+)");
    private static final Pattern TESTS = Pattern.compile("(\\d+) tests\\b.*\\((\\.\\./checks/[^)]+)\\)");
    private static final Pattern LIBRARY =
            Pattern.compile("(Spring Boot|Reactor|Mutiny|Pekko|Axon) (\\d+\\.\\d+\\.\\d+)");

    private static List<MatchResult> found(Pattern pattern) throws IOException {
        return pattern.matcher(read(PAGE)).results().toList();
    }

    private static String read(String file) throws IOException {
        return Files.readString(Page.ROOT.resolve(file));
    }

    @Test
    void versions_of_packages_are_those_that_are_installed() throws IOException {
        String installed = read("conformance/package.json") + read("conformance/reference/package.json");
        assertThat(found(PACKAGE))
                .hasSizeGreaterThan(3)
                .allSatisfy(
                        one -> assertThat(installed).contains("\"%s\": \"%s\"".formatted(one.group(1), one.group(2))));
    }

    @Test
    void libraries_are_those_that_it_is_built_with() throws IOException {
        String built = read("pom.xml");
        assertThat(found(LIBRARY)).hasSizeGreaterThan(2).allSatisfy(one -> {
            String property = one.group(1).toLowerCase(Locale.ROOT).replace(' ', '-') + ".version";
            assertThat(built).contains("<%s>%s</%s>".formatted(property, one.group(2), property));
        });
    }

    @Test
    void as_many_tests_are_asked_for() throws IOException {
        for (MatchResult one : found(TESTS)) {
            assertThat(read(one.group(2).substring("../".length()))).contains(".test.mjs " + one.group(1) + " ");
        }
        assertThat(found(TESTS)).hasSizeGreaterThan(3);
    }

    @Test
    void every_row_names_its_check() throws IOException {
        String tried =
                read(PAGE).replaceFirst("(?s)## Protocols.*?(?=## Java)", "").replaceFirst("(?s)## Data.*", "");
        List<String> rows =
                tried.lines().filter(line -> line.matches("\\| [^-].*")).toList();
        assertThat(rows)
                .hasSizeGreaterThan(10)
                .allSatisfy(row ->
                        assertThat(row).matches(".*\\| (check|.*\\(\\.\\./check(s/[^)]+)?\\).*|the same.*) \\|"));
    }
}
