/** The entries face: stores of paths and values, their revisions and their order of changes. */
@NullMarked
package dev.varve.engine.entries;

import org.jspecify.annotations.NullMarked;
