package dev.varve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links of the pages to files and to headings lead there. What is elsewhere on the web is not looked at. */
final class LinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    @Test
    void links_lead_to_files_and_headings_that_are_there() throws IOException {
        List<Page> pages = Page.markdown();
        List<String> wrong = new ArrayList<>();
        for (Page page : pages) {
            for (Page.Line line : page.text()) {
                LINK.matcher(line.text().replaceAll("`[^`]*`", "``"))
                        .results()
                        .map(MatchResult::group)
                        .map(link -> link.substring(2, link.length() - 1))
                        .filter(link -> !link.contains("://") && !leads(pages, page, link))
                        .forEach(link -> wrong.add(page.file() + ":" + line.number() + ": " + link));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean leads(List<Page> pages, Page from, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path directory = Page.ROOT.resolve(from.file()).resolveSibling("");
        Path to = file.isEmpty()
                ? from.file()
                : Page.ROOT.relativize(directory.resolve(file).normalize());
        if (!Files.exists(Page.ROOT.resolve(to))) {
            return false;
        }
        if (hash < 0) {
            return true;
        }
        Page page = Page.find(pages, to);
        return page != null
                && page.headings().stream().anyMatch(heading -> anchor(heading).equals(link.substring(hash + 1)));
    }

    /** What is made of a heading where pages are rendered. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }
}
