package dev.varve.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.Key;
import dev.varve.api.Offset;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import java.net.URI;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What docs/testing.md shows. */
final class DocumentedTest {

    @Schema(prefix = "links")
    record Link(@Key String slug, @Required String title, int visits) {}

    @Nested
    @VarveTest
    final class LinksTest {

        @BeforeEach
        void a_link_is_there(Repository<Link> links) {
            links.insert(new Link("dust", "Dust", 0), Precondition.ifAbsent());
        }

        @Test
        void a_visit_counts(Repository<Link> links) {
            links.update("dust", link -> new Link(link.slug(), link.title(), link.visits() + 1));
            assertThat(links.get("dust").visits()).isEqualTo(1);
        }

        @Test
        void a_program_connects(@VarveUrl URI url, Store store) {
            try (Varve remote = Varve.connect(url)) {
                remote.store(store.name()).entries().set(EntryPath.of("seen"), EntryValue.of(true));
            }
            assertThat(store.entries().get(EntryPath.of("seen"))).isPresent();
        }
    }

    @Nested
    final class LogTest {

        @RegisterExtension
        static final VarveExtension VARVE =
                new VarveExtension().withLifetime(Lifetime.CLASS).onDisk();

        @BeforeAll
        static void a_log_is_there(Streams streams) {
            streams.create("log", StreamConfig.of("text/plain"));
        }

        @Test
        void what_is_appended_can_be_read(Streams streams) {
            streams.append("log", "hello\n".getBytes(UTF_8));
            assertThat(UTF_8.decode(streams.read("log", Offset.BEGINNING).data())
                            .toString())
                    .contains("hello");
        }
    }
}
