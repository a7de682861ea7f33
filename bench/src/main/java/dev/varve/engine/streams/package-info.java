/** Benchmarks of what only its own package sees. */
@NullMarked
package dev.varve.engine.streams;

import org.jspecify.annotations.NullMarked;
