/**
 * Journal and snapshot store of Apache Pekko Persistence over the events of a Varve. Both are named in the configuration, {@code
 * varve-journal} and {@code varve-snapshots}; {@link dev.varve.pekko.VarveSetup} hands over an event store that the program has already.
 */
@NullMarked
package dev.varve.pekko;

import org.jspecify.annotations.NullMarked;
