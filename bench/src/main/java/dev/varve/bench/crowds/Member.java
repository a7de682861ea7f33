package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One connection of a crowd. Confined to the crowd's thread. */
abstract class Member {

    private @Nullable SelectionKey key;
    private @Nullable ByteBuffer unsent;
    private boolean open;

    /** The connection is there. */
    abstract void connected() throws IOException;

    /** Bytes came; all of them are to be taken. */
    abstract void received(ByteBuffer bytes) throws IOException;

    /** The connection has ended: in order when there is no failure. */
    abstract void ended(@Nullable IOException failure);

    final boolean isOpen() {
        return open;
    }

    final void attach(SelectionKey registered) {
        key = registered;
        open = true;
    }

    final SocketChannel channel() {
        return (SocketChannel) registered().channel();
    }

    private SelectionKey registered() {
        SelectionKey registered = key;
        if (registered == null) {
            throw new IllegalStateException("not connected");
        }
        return registered;
    }

    /** Sends bytes, now or as the socket takes them. What was sent before has left. */
    final void send(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        channel().write(buffer);
        if (buffer.hasRemaining()) {
            unsent = buffer;
            registered().interestOpsOr(SelectionKey.OP_WRITE);
        }
    }

    final boolean isSending() {
        return unsent != null;
    }

    /** The socket takes bytes again. */
    final void writable() throws IOException {
        ByteBuffer buffer = unsent;
        if (buffer != null) {
            channel().write(buffer);
        }
        if (buffer == null || !buffer.hasRemaining()) {
            unsent = null;
            registered().interestOpsAnd(~SelectionKey.OP_WRITE);
        }
    }

    /** Whether it takes what comes. */
    final void reading(boolean wanted) {
        if (wanted) {
            registered().interestOpsOr(SelectionKey.OP_READ);
        } else {
            registered().interestOpsAnd(~SelectionKey.OP_READ);
        }
    }

    /** Ends the connection. */
    final void close(@Nullable IOException failure) {
        if (!open) {
            return;
        }
        open = false;
        unsent = null;
        registered().cancel();
        try {
            channel().close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
        }
        ended(failure);
    }
}
