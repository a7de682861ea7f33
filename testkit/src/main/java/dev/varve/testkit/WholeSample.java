package dev.varve.testkit;

import dev.varve.api.Field;
import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kept as one value. */
@Schema(
        prefix = {"app", "whole"},
        mode = Schema.Mode.MAP)
record WholeSample(
        @Key String slug,
        @Required @Nullable String title,
        @Field("remark") @Nullable String note,
        int visits,
        Map<String, String> labels,
        List<String> tags,
        @Nullable Author author)
        implements Sample<WholeSample> {

    @Override
    public WholeSample with(
            @Nullable String title,
            @Nullable String note,
            int visits,
            Map<String, String> labels,
            List<String> tags,
            @Nullable Author author) {
        return new WholeSample(slug, title, note, visits, labels, tags, author);
    }
}
