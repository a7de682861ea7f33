/** Keeps the pages true. */
@NullMarked
package dev.varve.docs;

import org.jspecify.annotations.NullMarked;
