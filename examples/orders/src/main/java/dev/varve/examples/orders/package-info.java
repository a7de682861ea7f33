/** Orders as events, and a view of them as records. */
@NullMarked
package dev.varve.examples.orders;

import org.jspecify.annotations.NullMarked;
