/** Records of other, for tests. */
@NullMarked
package dev.varve.spring.other;

import org.jspecify.annotations.NullMarked;
