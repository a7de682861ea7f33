/** The state: ordered tables that reflect the journal up to a checkpoint. Knows nothing of what they hold. */
@NullMarked
package dev.varve.engine.state;

import org.jspecify.annotations.NullMarked;
