package dev.varve.bench.crowds;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Many connections to one server on one thread. They come from several loopback addresses in turn, because one address
 * has too few ports for a crowd. Confined to one thread.
 */
final class Crowd implements Closeable {

    private static final int ADDRESSES = 8;
    private static final int IN_BYTES = 256 * 1024;
    private static final int SELECT_MILLIS = 5;

    private final int port;
    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);
    private final List<Member> members = new ArrayList<>();
    private int connections;

    Crowd(int port) throws IOException {
        this.port = port;
    }

    /** Connects a member. */
    void add(Member member) throws IOException {
        add(member, 0);
    }

    /** Connects a member that is not kept: it ends by itself, or fails at once. */
    void addBriefly(Member member) {
        try {
            connect(member, 0);
        } catch (IOException e) {
            member.ended(e);
        }
    }

    /**
     * Connects a member whose kernel takes in little before the member reads.
     *
     * @param receiveBytes about how much; 0 for what the kernel chooses
     */
    void add(Member member, int receiveBytes) throws IOException {
        connect(member, receiveBytes);
        members.add(member);
    }

    private void connect(Member member, int receiveBytes) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (receiveBytes > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBytes);
            }
            byte last = (byte) (2 + connections++ % ADDRESSES);
            channel.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, last}), 0));
            member.attach(channel.register(selector, SelectionKey.OP_CONNECT, member));
            channel.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    List<Member> members() {
        return members;
    }

    /**
     * Serves the connections.
     *
     * @param done asked again and again; what else has to be done may be done in it
     * @param timeoutSeconds after which it returns false
     * @return whether it was done
     */
    boolean run(BooleanSupplier done, double timeoutSeconds) throws IOException {
        long deadline = System.nanoTime() + (long) (timeoutSeconds * 1e9);
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            selector.select(this::ready, SELECT_MILLIS);
        }
        return true;
    }

    /** Serves the connections for some time. */
    void run(double seconds) throws IOException {
        run(() -> false, seconds);
    }

    private void ready(SelectionKey key) {
        Member member = (Member) key.attachment();
        try {
            if (key.isConnectable()) {
                member.channel().finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                member.connected();
            }
            if (key.isValid() && key.isWritable()) {
                member.writable();
            }
            if (key.isValid() && key.isReadable()) {
                in.clear();
                int got = member.channel().read(in);
                if (got < 0) {
                    member.close(null);
                } else {
                    member.received(in.flip());
                }
            }
        } catch (IOException e) {
            member.close(e);
        }
    }

    @Override
    public void close() throws IOException {
        members.forEach(member -> member.close(null));
        selector.close();
    }
}
