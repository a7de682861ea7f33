package dev.varve.testkit;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A record for tests, of which there is one type for each mode. */
interface Sample<T> {

    /** A record in a record. */
    record Author(String name, @Nullable String town) {}

    String slug();

    @Nullable String title();

    @Nullable String note();

    int visits();

    Map<String, String> labels();

    @Nullable Author author();

    /** The same with other fields. */
    T with(
            @Nullable String title,
            @Nullable String note,
            int visits,
            Map<String, String> labels,
            List<String> tags,
            @Nullable Author author);

    List<String> tags();

    default T withTitle(@Nullable String title) {
        return with(title, note(), visits(), labels(), tags(), author());
    }

    default T withNote(@Nullable String note) {
        return with(title(), note, visits(), labels(), tags(), author());
    }

    default T withVisits(int visits) {
        return with(title(), note(), visits, labels(), tags(), author());
    }

    default T withLabels(Map<String, String> labels) {
        return with(title(), note(), visits(), labels, tags(), author());
    }

    default T withAuthor(@Nullable Author author) {
        return with(title(), note(), visits(), labels(), tags(), author);
    }
}
