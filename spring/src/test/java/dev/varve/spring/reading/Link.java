package dev.varve.spring.reading;

import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;

@Schema(prefix = "links")
public record Link(@Key String slug, @Required String title) {}
