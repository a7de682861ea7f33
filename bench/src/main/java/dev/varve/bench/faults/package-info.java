/** A real server on a disk, clock and memory that fail. */
@NullMarked
package dev.varve.bench.faults;

import org.jspecify.annotations.NullMarked;
