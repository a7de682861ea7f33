package dev.varve.server;

import dev.varve.api.EntryValue;
import org.jspecify.annotations.Nullable;

/**
 * A message of Phoenix Channels, version 2: five values in a list. Immutable.
 *
 * @param joinRef what the client called its join; null outside a channel
 * @param ref what the client calls this message; null when it wants no reply
 * @param topic the channel
 * @param event what it is
 * @param payload the rest; null when {@code fault} is not
 * @param fault why the payload cannot be taken, in a sentence; null when it can
 */
record PhoenixMessage(
        @Nullable String joinRef,
        @Nullable String ref,
        String topic,
        String event,
        @Nullable EntryValue payload,
        @Nullable String fault) {

    static final String JOIN = "phx_join";
    static final String LEAVE = "phx_leave";
    static final String REPLY = "phx_reply";
    static final String CLOSE = "phx_close";
    static final String ERROR = "phx_error";

    /** How many values a message is. */
    static final int PARTS = 5;

    /** Bytes that are no message. Has no stack trace: it is an answer, not a fault. Immutable. */
    static final class Malformed extends Exception {

        private static final long serialVersionUID = 1L;

        Malformed(String detail) {
            super(detail, null, false, false);
        }
    }
}
