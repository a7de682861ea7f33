/** One program that uses entries, records and streams. */
@NullMarked
package dev.varve.examples.plain;

import org.jspecify.annotations.NullMarked;
