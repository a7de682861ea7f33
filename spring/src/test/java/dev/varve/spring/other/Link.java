package dev.varve.spring.other;

import dev.varve.api.Key;
import dev.varve.api.Schema;

/** Called as another record, and kept elsewhere. */
@Schema(prefix = {"other", "links"})
public record Link(@Key String slug, String title) {}
