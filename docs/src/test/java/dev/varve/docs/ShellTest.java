package dev.varve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a page shows in a shell prints what it shows. Needs {@code curl}. */
@Timeout(120)
final class ShellTest {

    /** Says of an answer that is an error which one it is, as the pages do. */
    private static final String CURL = """
            curl() {
                answer=$(command curl -sS -w '\\n%{http_code}' "$@") || exit
                status=${answer##*
            }
                [ "$status" -lt 400 ] || printf '%s ' "$status"
                printf '%s\\n' "${answer%
            *}"
            }
            """;

    private static final String END = "-- what comes now belongs to the next lines --";

    /** The answer of the last of some lines of a script. */
    private record Step(List<String> script, List<String> shown) {}

    @ParameterizedTest
    @CsvSource({
        "docs/entries.md, In a minute",
        "docs/events.md, In a minute",
        "docs/streams.md, 'In a minute, with curl'",
        "docs/transactions.md, In a minute"
    })
    void lines_print_what_stands_below_them(String file, String heading) throws Exception {
        Page page = Page.markdown().stream()
                .filter(one -> one.file().toString().equals(file))
                .findAny()
                .orElseThrow();
        List<Step> steps = page.blocks().stream()
                .filter(block ->
                        block.language().equals("sh") && block.heading().equals(heading))
                .flatMap(block -> steps(block).stream())
                .toList();
        assertThat(steps).hasSizeGreaterThan(1);
        List<String> printed;
        try (Example example = new Example() {}) {
            printed = run(steps, example.url());
        }
        for (int i = 0; i < steps.size(); i++) {
            assertThat(plain(printed.get(i)))
                    .as("%s: %s", file, steps.get(i).script())
                    .endsWith(plain(String.join("", steps.get(i).shown())));
        }
    }

    /** What is not shown to print anything is run with what follows it; what nothing follows is not run, as it may have no end. */
    private static List<Step> steps(Page.Block block) {
        List<Step> steps = new ArrayList<>();
        Step step = new Step(new ArrayList<>(), new ArrayList<>());
        for (String line : block.lines()) {
            if (line.startsWith("# ")) {
                step.shown().add(line.substring(2));
            } else {
                if (!step.shown().isEmpty()) {
                    steps.add(step);
                    step = new Step(new ArrayList<>(), new ArrayList<>());
                }
                step.script().add(line);
            }
        }
        if (!step.shown().isEmpty()) {
            steps.add(step);
        }
        return steps;
    }

    private static List<String> run(List<Step> steps, URI url) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder(CURL);
        for (Step step : steps) {
            step.script().forEach(line -> script.append(line).append('\n'));
            script.append("echo '").append(END).append("'\n");
        }
        // In a file, since the locale decides what becomes of the letters of an argument.
        Path file = Files.createTempFile("varve-docs-", ".sh");
        Files.writeString(file, script.toString().replace("http://127.0.0.1:4437", url.toString()));
        Process shell = new ProcessBuilder("sh", file.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(shell.waitFor()).as(printed).isZero();
            return List.of(printed.split(END));
        } finally {
            shell.destroyForcibly();
            Files.delete(file);
        }
    }

    private static String plain(String text) {
        return text.replaceAll("\\s", "");
    }
}
