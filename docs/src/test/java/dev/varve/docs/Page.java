package dev.varve.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A page of the documentation, or the examples in the Javadoc of a type or package.
 *
 * @param file relative to the root directory
 * @param name what it is called where packages are
 * @param prelude the file with what its blocks use and do not show, without its ending
 */
record Page(Path file, String name, String prelude, List<String> headings, List<Block> blocks, List<Line> text) {

    /** The root directory. */
    static final Path ROOT =
            Path.of(System.getProperty("basedir")).resolveSibling("").normalize();

    /** What blocks in Javadoc begin with. */
    static final String JAVADOC_BLOCK = "<pre>{@code";

    /**
     * Lines between fences.
     *
     * @param number of the first line in the page, from 1
     * @param heading of the section that it stands in, as it is written; in Javadoc the name of the type or package
     */
    record Block(String language, int number, String heading, List<String> lines) {}

    /** A line outside of fences. */
    record Line(int number, String text) {}

    /** All in Markdown that is written here. */
    static List<Page> markdown() throws IOException {
        List<Page> pages = new ArrayList<>();
        for (Path file : files(ROOT, 3, ".md")) {
            pages.add(markdown(file));
        }
        return pages;
    }

    /** All types and packages of what programs use that have examples. */
    static List<Page> javadoc() throws IOException {
        List<Page> pages = new ArrayList<>();
        for (String module : List.of("api", "client", "junit", "spring", "pekko", "axon", "postgres")) {
            for (Path file : files(ROOT.resolve(module).resolve("src/main"), 20, ".java")) {
                pages.add(javadoc(file));
            }
        }
        return pages;
    }

    private static List<Path> files(Path directory, int depth, String ending) throws IOException {
        try (Stream<Path> found = Files.walk(directory, depth)) {
            return found.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> !file.toString().matches(".*/(target|node_modules)/.*"))
                    .sorted()
                    .toList();
        }
    }

    private static Page markdown(Path file) throws IOException {
        Path shown = ROOT.relativize(file);
        String name = shown.toString()
                .replaceFirst("^docs/(?!README)", "")
                .replaceFirst("\\.md$", "")
                .replaceAll("[^A-Za-z0-9]", "_")
                .toLowerCase(Locale.ROOT);
        Page page = new Page(shown, name, name, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        String heading = "";
        Block open = null;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (open != null) {
                if (line.equals("```")) {
                    open = null;
                } else {
                    open.lines().add(line);
                }
            } else if (line.startsWith("```")) {
                open = page.begin(line.substring(3), number + 1, heading);
            } else {
                page.text.add(new Line(number, line));
                if (line.matches("#+ .*")) {
                    heading = line.replaceFirst("#+ ", "");
                    page.headings.add(heading);
                }
            }
        }
        return page.ended(open);
    }

    private static Page javadoc(Path file) throws IOException {
        Path shown = ROOT.relativize(file);
        String type = shown.getName(shown.getNameCount() - 1).toString().replace(".java", "");
        String heading = type.equals("package-info")
                ? shown.getName(shown.getNameCount() - 2).toString()
                : type;
        String name = "javadoc_" + heading.toLowerCase(Locale.ROOT);
        Page page = new Page(shown, name, "javadoc", List.of(), new ArrayList<>(), List.of());
        Block open = null;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (open != null) {
                if (line.contains("}</pre>")) {
                    open = null;
                } else {
                    open.lines().add(line.replaceFirst("^ *\\* ?", ""));
                }
            } else if (line.endsWith(JAVADOC_BLOCK)) {
                open = page.begin("java", number + 1, heading);
            }
        }
        return page.ended(open);
    }

    private Block begin(String language, int number, String heading) {
        Block block = new Block(language, number, heading, new ArrayList<>());
        blocks.add(block);
        return block;
    }

    private Page ended(@Nullable Block open) {
        if (open != null) {
            throw new IllegalStateException(file + ":" + open.number() + ": this block has no end");
        }
        return this;
    }

    List<Block> java() {
        return blocks.stream().filter(block -> block.language().equals("java")).toList();
    }

    /** The page with a path relative to the root directory. */
    static @Nullable Page find(List<Page> pages, Path file) {
        return pages.stream().filter(page -> page.file().equals(file)).findAny().orElse(null);
    }
}
