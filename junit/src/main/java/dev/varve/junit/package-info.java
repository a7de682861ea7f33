/** A JUnit extension that gives tests a Varve of their own; begin at {@link dev.varve.junit.VarveTest}. */
@NullMarked
package dev.varve.junit;

import org.jspecify.annotations.NullMarked;
