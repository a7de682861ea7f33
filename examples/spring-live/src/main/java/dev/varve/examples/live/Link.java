package dev.varve.examples.live;

import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Something to read. */
@Schema(prefix = "links")
record Link(
        @Key String slug, @Required String title, @Nullable URI url) {}
