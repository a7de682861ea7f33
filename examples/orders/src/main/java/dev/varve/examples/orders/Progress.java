package dev.varve.examples.orders;

import dev.varve.api.Key;
import dev.varve.api.Schema;

/** How far a projection has come: up to which position, inclusive. */
@Schema(prefix = "projections")
record Progress(@Key String name, long position) {}
