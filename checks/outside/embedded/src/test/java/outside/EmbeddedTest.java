package outside;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.api.Key;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.junit.VarveTest;
import dev.varve.junit.VarveUrl;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@VarveTest
final class EmbeddedTest {

    @Schema(prefix = "links")
    record Link(@Key String slug, String title) {}

    private static final Link DUST = new Link("dust", "Dust");

    @Test
    void a_directory_keeps_what_was_written(@TempDir Path directory) {
        try (Varve varve = Varve.open(directory.resolve("data"))) {
            varve.store("outside/embedded").repository(Link.class).insert(DUST);
        }
        try (Varve varve = Varve.open(directory.resolve("data"))) {
            assertEquals(DUST, varve.store("outside/embedded").repository(Link.class).get("dust"));
        }
    }

    @Test
    void the_extension_gives_a_store_and_a_server_over_it(Repository<Link> links, Store store, @VarveUrl URI url) {
        links.insert(DUST);
        try (Varve varve = Varve.connect(url)) {
            assertEquals(DUST, varve.store(store.name()).repository(Link.class).get("dust"));
        }
    }
}
