/** Crowds of clients: idle, short-lived, slow, stalled, and far more than a server can serve. */
@NullMarked
package dev.varve.bench.crowds;

import org.jspecify.annotations.NullMarked;
