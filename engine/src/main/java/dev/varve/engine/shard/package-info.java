/** A shard: one journal, one state, one writer. Orders the commands of every face and knows none of their meaning. */
@NullMarked
package dev.varve.engine.shard;

import org.jspecify.annotations.NullMarked;
