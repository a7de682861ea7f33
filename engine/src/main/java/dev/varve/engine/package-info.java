/** A Varve inside a JVM: journal, sequencer, state and the three faces. */
@NullMarked
package dev.varve.engine;

import org.jspecify.annotations.NullMarked;
