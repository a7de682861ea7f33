/** Contract suites of the interfaces inside the engine, and the simulation. */
@NullMarked
package dev.varve.testkit.engine;

import org.jspecify.annotations.NullMarked;
