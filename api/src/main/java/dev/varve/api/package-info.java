/** The types a user of Varve programs against. */
@NullMarked
package dev.varve.api;

import org.jspecify.annotations.NullMarked;
