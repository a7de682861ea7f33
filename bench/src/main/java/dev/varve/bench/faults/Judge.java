package dev.varve.bench.faults;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.util.regex.Pattern;

/** What the words of a server that gave up must say. */
final class Judge {

    private static final Pattern ADVICE =
            Pattern.compile("(?i)start again|restore|make room|free space|check the disk");

    private Judge() {}

    /** The last words name the store's directory or a file in it and a way out, and do not call an error of the disk damage. */
    static void lastWords(Scene scene) throws IOException {
        String last =
                scene.log().lines().filter(line -> line.startsWith("varve: ")).reduce("", (one, other) -> other);
        boolean namesFile = last.contains(scene.data() + "/") || last.contains(scene.data() + ": ");
        if (!namesFile || !ADVICE.matcher(last).find()) {
            scene.wrong(Kind.REFUSED, "the last words name no file or no way out: " + last);
        }
        if (last.startsWith("varve: corrupt")) {
            scene.wrong(Kind.REFUSED, "an error of the disk is called damage: " + last);
        }
    }
}
