/** What implementers of Varve provide; users do not need it. */
@NullMarked
package dev.varve.api.spi;

import org.jspecify.annotations.NullMarked;
