/** The streams face: what a stream command means, and what it changes. */
@NullMarked
package dev.varve.engine.streams;

import org.jspecify.annotations.NullMarked;
