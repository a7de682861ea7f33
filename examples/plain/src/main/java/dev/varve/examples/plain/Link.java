package dev.varve.examples.plain;

import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;

/** Something to read, kept below {@code links} field by field. */
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, int visits) {

    Link visited() {
        return new Link(slug, title, visits + 1);
    }
}
