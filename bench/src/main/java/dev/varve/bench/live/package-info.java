/** Programs that keep a part of a store in step, over connections that break and a server that dies. */
@NullMarked
package dev.varve.bench.live;

import org.jspecify.annotations.NullMarked;
