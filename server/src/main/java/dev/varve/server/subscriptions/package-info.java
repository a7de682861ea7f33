/** The subscriptions control API of Durable Streams: webhooks and pull-wake over any stream storage. */
@NullMarked
package dev.varve.server.subscriptions;

import org.jspecify.annotations.NullMarked;
