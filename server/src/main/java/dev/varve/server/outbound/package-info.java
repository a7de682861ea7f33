/** Calling receivers that others named: where it may go, how it is signed, and what subscriptions and webhooks of stores share of it. */
@NullMarked
package dev.varve.server.outbound;

import org.jspecify.annotations.NullMarked;
