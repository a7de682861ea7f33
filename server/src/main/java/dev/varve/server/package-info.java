/** The HTTP, server-sent events and WebSocket server over the engine. */
@NullMarked
package dev.varve.server;

import org.jspecify.annotations.NullMarked;
