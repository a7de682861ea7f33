package dev.varve.testkit;

import dev.varve.api.Key;
import dev.varve.api.Schema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The same records in both modes, at the same place. */
final class Twins {

    private Twins() {}

    /** Kept field by field. */
    @Schema(prefix = {"app", "twins"})
    record Flat(
            @Key String slug,
            String title,
            @Nullable Long rank,
            long visits,
            Set<String> tags,
            List<Integer> numbers,
            Map<String, Map<String, String>> labels,
            Sample.@Nullable Author author) {

        Whole whole() {
            return new Whole(slug, title, rank, visits, tags, numbers, labels, author);
        }
    }

    /** Kept as one value. */
    @Schema(
            prefix = {"app", "twins"},
            mode = Schema.Mode.MAP)
    record Whole(
            @Key String slug,
            String title,
            @Nullable Long rank,
            long visits,
            Set<String> tags,
            List<Integer> numbers,
            Map<String, Map<String, String>> labels,
            Sample.@Nullable Author author) {}

    /** A part of them, of which every field is one entry. */
    @Schema(prefix = {"app", "twins"})
    record Plain(@Key String slug, String title, @Nullable Long rank, long visits, Set<String> tags) {}

    static final Flat FULL = new Flat(
            "dust",
            "Dust",
            null,
            3,
            Set.of("a"),
            List.of(1, 2),
            Map.of("x", Map.of("y", "z"), "none", Map.of()),
            new Sample.Author("Ada", null));
}
