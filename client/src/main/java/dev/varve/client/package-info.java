/** A Varve reached over the network. */
@NullMarked
package dev.varve.client;

import org.jspecify.annotations.NullMarked;
