/** The Java client against other servers, and killed. */
@NullMarked
package dev.varve.bench.client;

import org.jspecify.annotations.NullMarked;
