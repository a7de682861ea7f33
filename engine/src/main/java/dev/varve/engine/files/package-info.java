/** The bytes of files that entries refer to. */
@NullMarked
package dev.varve.engine.files;

import org.jspecify.annotations.NullMarked;
