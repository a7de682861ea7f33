package dev.varve.testkit;

import dev.varve.api.Field;
import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kept field by field. */
@Schema(
        prefix = {"app", "flat"},
        mode = Schema.Mode.FLAT)
record FlatSample(
        @Key String slug,
        @Required @Nullable String title,
        @Field("remark") @Nullable String note,
        int visits,
        Map<String, String> labels,
        List<String> tags,
        @Nullable Author author)
        implements Sample<FlatSample> {

    @Override
    public FlatSample with(
            @Nullable String title,
            @Nullable String note,
            int visits,
            Map<String, String> labels,
            List<String> tags,
            @Nullable Author author) {
        return new FlatSample(slug, title, note, visits, labels, tags, author);
    }
}
