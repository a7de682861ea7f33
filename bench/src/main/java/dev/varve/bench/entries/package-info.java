/** Kills under load over entries, judged by what clients were told. */
@NullMarked
package dev.varve.bench.entries;

import org.jspecify.annotations.NullMarked;
