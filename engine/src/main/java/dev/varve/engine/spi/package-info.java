/** What a storage may offer to whoever serves it, beyond its contract. */
@NullMarked
package dev.varve.engine.spi;

import org.jspecify.annotations.NullMarked;
