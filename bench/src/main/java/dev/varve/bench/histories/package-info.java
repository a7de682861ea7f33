/** Concurrent clients, what they were told, and whether one order of their operations explains it. */
@NullMarked
package dev.varve.bench.histories;

import org.jspecify.annotations.NullMarked;
