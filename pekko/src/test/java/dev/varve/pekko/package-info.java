/** The suites of Pekko Persistence, and tests of what they leave out. */
@NullMarked
package dev.varve.pekko;

import org.jspecify.annotations.NullMarked;
