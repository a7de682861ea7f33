package dev.varve.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The page about Spring. */
final class SpringPage {

    private SpringPage() {}

    /** The cells of all rows of a section's tables that begin with a code, without backticks. */
    static List<List<String>> rows(String section) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        String at = "";
        for (String line : Files.readAllLines(Path.of("../docs/spring.md"), UTF_8)) {
            if (line.startsWith("## ")) {
                at = line.substring(3);
            } else if (at.equals(section) && line.startsWith("| `")) {
                String cells = line.replace("`", "").replaceFirst("^\\| *", "");
                rows.add(List.of(cells.split(" *\\| *", -1)));
            }
        }
        return rows;
    }
}
