/** A web page over live records. */
@NullMarked
package dev.varve.examples.live;

import org.jspecify.annotations.NullMarked;
