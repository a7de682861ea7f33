/** The events face: one log for each store, with aggregates, conditions over types and tags, and indexes that hold positions only. */
@NullMarked
package dev.varve.engine.events;

import org.jspecify.annotations.NullMarked;
