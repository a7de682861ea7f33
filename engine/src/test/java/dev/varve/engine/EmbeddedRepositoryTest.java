package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.Changeset;
import dev.varve.api.ErrorKind;
import dev.varve.api.Field;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.Key;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.SaveResult;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Repositories as a program that embeds Varve uses them. */
@Timeout(120)
final class EmbeddedRepositoryTest {

    @Schema(prefix = "links")
    private record Link(
            @Key String slug,
            @Required String title,
            @Nullable URI url,
            @Field("added_at") @Nullable Instant addedAt,
            int visits,
            List<String> tags) {}

    /** As docs/repositories.md has it. */
    @Test
    void the_example_does_what_it_says() {
        try (Varve varve = Varve.inMemory()) {
            Store store = varve.store("acme/reading");
            Repository<Link> links = store.repository(Link.class);

            Link dust = new Link("dust", "Dust", URI.create("https://example.org"), null, 0, List.of("a"));
            links.insert(dust, Precondition.ifAbsent());
            links.update(dust, new Link("dust", "Dust, live", dust.url(), null, 0, dust.tags()));
            links.update(
                    "dust",
                    link -> new Link(
                            link.slug(), link.title(), link.url(), link.addedAt(), link.visits() + 1, link.tags()));

            store.batch()
                    .insert(links, new Link("varve", "Varve", null, null, 0, List.of()))
                    .delete(links, "stale")
                    .commit();

            try (Stream<Link> all = links.stream()) {
                assertThat(all)
                        .containsExactly(
                                new Link("dust", "Dust, live", dust.url(), null, 1, List.of("a")),
                                new Link("varve", "Varve", null, null, 0, List.of()));
            }
        }
    }

    /** As docs/repositories.md has it: every outcome is a case of its own, and the compiler knows that there is no other. */
    @Test
    void input_of_a_form_is_saved_invalid_or_in_conflict() {
        try (Varve varve = Varve.inMemory()) {
            Repository<Link> links = varve.store("acme/reading").repository(Link.class);
            Map<String, String> form = Map.of(
                    "slug", "dust", "title", "Dust", "url", "https://example.org", "visits", "7", "admin", "yes");
            assertThat(answer(links, form))
                    .isEqualTo("201, revision "
                            + links.findRecord("dust").orElseThrow().revision());
            assertThat(links.get("dust").visits()).as("was not allowed").isZero();
            assertThat(answer(links, form)).startsWith("409, at revision ");
            assertThat(answer(links, Map.of("slug", "", "url", "http://example.org")))
                    .isEqualTo(
                            "422 [Violation[field=slug, message=cannot be empty], Violation[field=title, message=can't be"
                                    + " blank], Violation[field=url, message=must be https]]");
        }
    }

    private static String answer(Repository<Link> links, Map<String, String> form) {
        Changeset<Link> changes = links.change(form, "slug", "title", "url")
                .require("url")
                .validate("url", URI.class, url -> "https".equals(url.getScheme()), "must be https")
                .set("added_at", Instant.now());
        return switch (links.save(changes, Precondition.ifAbsent())) {
            case SaveResult.Saved<Link> saved ->
                "201, revision " + saved.receipt().revision();
            case SaveResult.Invalid<Link> invalid -> "422 " + invalid.violations();
            case SaveResult.Conflict<Link> conflict -> "409, at revision " + conflict.currentRevision();
        };
    }

    @Test
    void records_and_their_revisions_are_there_after_a_restart(@TempDir Path directory) {
        Link dust = new Link("dust", "Dust", null, Instant.EPOCH, 0, List.of());
        long revision;
        try (Varve varve = Varve.open(directory)) {
            revision = varve.store("acme/reading")
                    .repository(Link.class)
                    .insert(dust)
                    .revision();
        }
        try (Varve varve = Varve.open(directory)) {
            Repository<Link> links = varve.store("acme/reading").repository(Link.class);
            assertThat(links.all()).containsExactly(dust);
            links.delete("dust", Precondition.ifRevision(revision));
            assertThat(links.exists("dust")).isFalse();
        }
    }

    @Test
    void a_stream_whose_moment_is_not_kept_any_more_says_so() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS)) {
            Store store = Store.over(engine.entries(), "acme/reading");
            Repository<Link> links = store.repository(Link.class);
            int many = 500;
            for (int i = 0; i < many; i++) {
                links.insert(new Link("k" + i, "Title", null, null, 0, List.of()));
            }
            try (Stream<Link> stream = links.stream()) {
                Iterator<Link> read = stream.iterator();
                read.next();
                long storeSeq = links.insert(new Link("new", "New", null, null, 0, List.of()))
                        .storeSeq();
                engine.entries().compact("acme/reading", storeSeq).join();
                assertThatExceptionOfType(VarveException.class)
                        .isThrownBy(() -> read.forEachRemaining(link -> {}))
                        .satisfies(thrown -> assertThat(thrown.kind()).isEqualTo(ErrorKind.COMPACTED));
            }
            assertThat(links.all()).hasSize(many + 1);
        }
    }

    @Schema(prefix = "labels")
    private record Labels(@Key String id, Map<String, Map<String, String>> labels) {}

    @Test
    void a_record_of_which_nothing_would_be_left_is_not_written() {
        try (Varve varve = Varve.inMemory()) {
            Repository<Labels> labels = varve.store("acme/reading").repository(Labels.class);
            Labels some = new Labels("k", Map.of("a", Map.of("b", "c")));
            labels.insert(some);
            for (Map<String, Map<String, String>> none :
                    List.of(Map.<String, Map<String, String>>of(), Map.of("a", Map.<String, String>of()))) {
                assertThatExceptionOfType(InvalidRecordException.class)
                        .isThrownBy(() -> labels.insert(new Labels("k", none)))
                        .withMessageContaining("the Labels \"k\" cannot be written: all its fields are empty objects");
                assertThatExceptionOfType(InvalidRecordException.class)
                        .isThrownBy(() -> labels.update(some, new Labels("k", none)));
            }
            assertThat(labels.all()).containsExactly(some);
        }
    }

    @Schema(prefix = "keys")
    private record OnlyKey(@Key String id) {}

    @Test
    void records_without_fields_are_refused_when_the_repository_is_made() {
        try (Varve varve = Varve.inMemory()) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> varve.store("acme/reading").repository(OnlyKey.class))
                    .withMessageContaining("$OnlyKey has no fields besides its key");
        }
    }
}
