/** Benchmarks of what only its own package sees. */
@NullMarked
package dev.varve.engine.journal;

import org.jspecify.annotations.NullMarked;
