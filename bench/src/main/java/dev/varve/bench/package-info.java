/** Load driver and microbenchmarks. */
@NullMarked
package dev.varve.bench;

import org.jspecify.annotations.NullMarked;
