package dev.varve.bench;

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
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one request outstanding on each of many connections, from one thread: when an answer is whole, the next request
 * leaves at once. It is kept lean because it shares the machine with the server it measures. Confined to one thread.
 */
final class LoadDriver implements Load {

    private static final int IN_BYTES = 16 * 1024;
    private static final long STALL_NANOS = 30_000_000_000L;
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;

    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private final int streams;
    private final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);
    private long next;
    private long toStart;
    private long done;
    private int outstanding;
    private boolean pausing;
    private boolean starting;
    private @Nullable IOException failure;

    /** One connection and its request. */
    private static final class Connection {
        final SocketChannel channel;
        final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);
        private final Protocol.Request request;
        ByteBuffer out;
        int digitsAt;
        int numberAt;
        int stream;
        long sentAt;

        Connection(SocketChannel channel, Protocol.Request request, Protocol.@Nullable Request first, int stream) {
            this.channel = channel;
            this.request = request;
            this.stream = stream;
            Protocol.Request now = first == null ? request : first;
            this.out = buffer(now);
            this.digitsAt = now.digitsAt();
            this.numberAt = now.numberAt();
            digits();
        }

        private static ByteBuffer buffer(Protocol.Request request) {
            return ByteBuffer.allocateDirect(request.bytes().length).put(request.bytes());
        }

        /** From the second request on, whatever was first. */
        void goOn() {
            out = buffer(request);
            digitsAt = request.digitsAt();
            numberAt = request.numberAt();
            digits();
        }

        void digits() {
            if (digitsAt >= 0) {
                put(digitsAt, Protocol.DIGITS, stream, '0');
            }
        }

        void number(long number) {
            if (numberAt >= 0) {
                put(numberAt, Protocol.NUMBER.length(), number, ' ');
            }
        }

        private void put(int at, int digits, long number, char padding) {
            long rest = number;
            for (int i = digits - 1; i >= 0; i--) {
                boolean pads = rest == 0 && i < digits - 1;
                out.put(at + i, (byte) (pads ? padding : '0' + rest % 10));
                rest /= 10;
            }
        }
    }

    /**
     * Connects.
     *
     * @param streams over how many streams the requests go: a connection stays with its own, or all take the next in turn
     *     when there are more streams than connections
     */
    LoadDriver(int port, Protocol protocol, int connectionCount, int streams, byte[] body) throws IOException {
        this.streams = streams;
        this.selector = Selector.open();
        for (int i = 0; i < connectionCount; i++) {
            SocketChannel channel = SocketChannel.open(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            byte[] greeting = protocol.greeting(i);
            if (greeting.length > 0) {
                channel.write(ByteBuffer.wrap(greeting));
            }
            channel.configureBlocking(false);
            Connection connection =
                    new Connection(channel, protocol.request(i, body), protocol.first(i, body), i % streams);
            connections.add(connection);
            channel.register(selector, SelectionKey.OP_READ, connection);
        }
        this.protocol = protocol;
        if (!connections.isEmpty() && protocol.first(0, body) != null) {
            begin();
        }
    }

    private void begin() throws IOException {
        try {
            sendFirst();
        } catch (IOException e) {
            close(); // nobody else can
            throw e;
        }
    }

    private final Protocol protocol;

    /** Sends what comes before the requests, and waits for the answers. */
    private void sendFirst() throws IOException {
        toStart = connections.size();
        starting = true;
        for (Connection connection : connections) {
            send(connection, false);
        }
        pausing = true;
        while (outstanding > 0) {
            turn();
        }
        pausing = false;
        starting = false;
    }

    /** Sends that many requests in all, one per stream in turn from where it stopped last, and waits for the answers. */
    void count(long requests) throws IOException {
        toStart = requests;
        done = 0;
        for (Connection connection : connections) {
            send(connection, true);
        }
        while (done < requests) {
            turn();
        }
    }

    @Override
    public long run(double seconds) throws IOException {
        toStart = Long.MAX_VALUE;
        for (Connection connection : connections) {
            send(connection, streams > connections.size());
        }
        done = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            turn();
        }
        long counted = done;
        pausing = true;
        while (outstanding > 0) {
            turn();
        }
        pausing = false;
        return counted;
    }

    @Override
    public void forget() {
        latencyNanos.reset();
    }

    @Override
    public Histogram latencyNanos() {
        return latencyNanos;
    }

    private void turn() throws IOException {
        long before = done;
        if (selector.select(this::ready, STALL_NANOS / 1_000_000) == 0 && done == before) {
            throw new IOException("no answer for " + STALL_NANOS / 1_000_000_000 + " s");
        }
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    private void ready(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            if (connection.channel.read(connection.in) < 0) {
                throw new IOException("the server closed a connection");
            }
            if (protocol.answered(connection.in)) {
                if (starting) {
                    connection.goOn();
                }
                connection.number(protocol.number(connection.in));
                connection.in.clear();
                outstanding--;
                if (pausing) {
                    return;
                }
                latencyNanos.recordValue(System.nanoTime() - connection.sentAt);
                done++;
                send(connection, streams > connections.size() || toStart != Long.MAX_VALUE);
            } else if (!connection.in.hasRemaining()) {
                throw new IOException("an answer is longer than " + IN_BYTES + " bytes");
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    private void send(Connection connection, boolean nextStream) throws IOException {
        if (toStart == 0) {
            return;
        }
        if (toStart != Long.MAX_VALUE) {
            toStart--;
        }
        if (nextStream) {
            connection.stream = (int) (next++ % streams);
            connection.digits();
        }
        connection.sentAt = System.nanoTime();
        connection.out.clear();
        while (connection.out.hasRemaining()) {
            connection.channel.write(connection.out);
        }
        outstanding++;
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }
}
