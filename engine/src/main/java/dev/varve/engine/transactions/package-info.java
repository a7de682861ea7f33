/** Commits over several faces of a store: one command joins a part of each, and keys by which a transaction is recognised. */
@NullMarked
package dev.varve.engine.transactions;

import org.jspecify.annotations.NullMarked;
