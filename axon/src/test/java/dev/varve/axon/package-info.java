/** The suites of Axon Framework, and tests of what they leave out. */
@NullMarked
package dev.varve.axon;

import org.jspecify.annotations.NullMarked;
