/** Records of reading, for tests. */
@NullMarked
package dev.varve.spring.reading;

import org.jspecify.annotations.NullMarked;
