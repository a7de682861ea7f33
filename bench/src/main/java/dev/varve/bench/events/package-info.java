/** Kills under load over events, judged by what clients were told. */
@NullMarked
package dev.varve.bench.events;

import org.jspecify.annotations.NullMarked;
