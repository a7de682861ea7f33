/** Contract suites and helpers for testing code that uses Varve. */
@NullMarked
package dev.varve.testkit;

import org.jspecify.annotations.NullMarked;
