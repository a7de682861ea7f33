/** Damages the files of a store, one damage at a time, and judges what a start makes of each. */
@NullMarked
package dev.varve.bench.corrupt;

import org.jspecify.annotations.NullMarked;
