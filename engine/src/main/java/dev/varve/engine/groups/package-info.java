/** Subscriptions of events whose position the engine keeps: who has which event, and what became of it. Stands on the events and the entries as anybody does. */
@NullMarked
package dev.varve.engine.groups;

import org.jspecify.annotations.NullMarked;
