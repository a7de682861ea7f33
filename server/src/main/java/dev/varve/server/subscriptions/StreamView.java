package dev.varve.server.subscriptions;

import dev.varve.api.Offset;

/** A linked stream as answers and webhooks show it. Immutable. */
record StreamView(String path, String linkType, long incarnation, Offset acked, Offset tail, boolean pending) {}
