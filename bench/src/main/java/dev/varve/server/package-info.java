/** Benchmarks of what only its own package sees. */
@NullMarked
package dev.varve.server;

import org.jspecify.annotations.NullMarked;
