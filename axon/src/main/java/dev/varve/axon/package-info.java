/**
 * Event storage engines of Axon Framework 5 over the events of a Varve: {@link dev.varve.axon.VarveEventStorageEngine}, with conditions on tags and types, and {@link
 * dev.varve.axon.VarveAggregateEventStorageEngine}, with a version for each aggregate.
 */
@NullMarked
package dev.varve.axon;

import org.jspecify.annotations.NullMarked;
