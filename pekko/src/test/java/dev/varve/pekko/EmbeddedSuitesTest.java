package dev.varve.pekko;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Pekko's suites over a directory. */
@Tag("engine")
final class EmbeddedSuitesTest extends Suites {

    @TempDir
    private Path directory;

    @Override
    Place place() {
        return Place.embedded(directory);
    }
}
