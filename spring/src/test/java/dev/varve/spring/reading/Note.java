package dev.varve.spring.reading;

import dev.varve.api.Key;
import dev.varve.api.Schema;

@Schema(prefix = "notes", mode = Schema.Mode.MAP)
public record Note(@Key String id, String text) {}
