package dev.varve.server;

import io.netty.buffer.ByteBuf;

/** Takes the body of a request as it comes, so that it is never in memory as a whole. Confined to the connection's loop. */
interface BodySink {

    /** Begins to take the body of a request whose head can be answered. */
    @FunctionalInterface
    interface Opener {

        /**
         * Looks at the head.
         *
         * @throws RuntimeException what becomes the answer; the body is not taken
         */
        BodySink open(Exchange exchange);
    }

    /**
     * Takes the next bytes of a buffer.
     *
     * @throws HttpProblem when there are more than there may be
     */
    void add(ByteBuf in, int more);

    /** Whether more may be read from the socket. When that changes {@link Connection#sinkReady} is called. */
    boolean isReady();

    /** How many bytes it has taken. */
    long length();

    /** The request is answered, or the client is gone. */
    void abandon();
}
