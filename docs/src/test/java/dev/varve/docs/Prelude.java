package dev.varve.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the blocks of a page use and do not show. It stands in a file in {@code preludes} that is called as the page, or {@code javadoc}: imports
 * first, then for headings of the page, or types, each behind {@code ////}, members of classes: fields, methods and types, which are
 * there from the first block below that heading on. Of headings right behind each other each has what stands behind the last. A line
 * {@code // not run: …} among them says why its blocks are compiled only.
 */
record Prelude(List<String> imports, Map<String, List<String>> members) {

    static final Path DIRECTORY = Page.ROOT.resolve("docs/src/test/resources/preludes");

    private static final String HEADING = "//// ";
    static final String NOT_RUN = "// not run: ";

    /** All that there are. */
    static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString().replace(".java", ""))
                    .toList();
        }
    }

    /** What a file says; nothing when it is not there. */
    static Prelude of(String name) throws IOException {
        Path file = DIRECTORY.resolve(name + ".java");
        List<String> imports = new ArrayList<>();
        Map<String, List<String>> members = new LinkedHashMap<>();
        if (Files.exists(file)) {
            List<String> section = imports;
            boolean afterHeading = false;
            for (String line : Files.readAllLines(file)) {
                boolean heading = line.startsWith(HEADING);
                if (heading) {
                    section = afterHeading ? section : new ArrayList<>();
                    members.put(line.substring(HEADING.length()), section);
                } else if (!line.isBlank()) {
                    section.add(line);
                }
                afterHeading = heading;
            }
        }
        return new Prelude(imports, members);
    }

    boolean runs(String heading) {
        return members.getOrDefault(heading, List.of()).stream()
                .noneMatch(line -> line.strip().startsWith(NOT_RUN));
    }
}
