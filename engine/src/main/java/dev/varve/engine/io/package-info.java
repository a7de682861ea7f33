/** What the engine takes from outside: clock, disk and randomness. Everything nondeterministic enters here. */
@NullMarked
package dev.varve.engine.io;

import org.jspecify.annotations.NullMarked;
