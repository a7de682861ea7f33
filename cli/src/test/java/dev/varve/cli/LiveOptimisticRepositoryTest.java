package dev.varve.cli;

import dev.varve.api.LiveOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The same with copies in files that show what is on its way, too. */
final class LiveOptimisticRepositoryTest extends LiveRepositoryTest {

    @TempDir
    private Path directory;

    @Override
    LiveOptions options(String name) {
        return super.options(name)
                .withView(LiveOptions.View.OPTIMISTIC)
                .withFile(directory.resolve(name.replace('/', '-') + ".live"));
    }
}
