package dev.varve.bench;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One writer and many readers of one thing, all on one thread, one message under way at a time: from before the write is sent
 * until each reader has it. Confined to one thread.
 */
final class DeliveryDriver implements Closeable {

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int IN_BYTES = 4 * 1024;
    private static final int MARK_BYTES = 12;
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final byte[] NOTHING_YET = {0};

    private final DeliveryFeed feed;
    private final int port;
    private final byte[] text;
    private final Selector selector = Selector.open();
    private final List<SocketChannel> channels = new ArrayList<>();
    private final Http writer;
    private final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);

    private byte[] awaited = NOTHING_YET;
    private int round;
    private int missing;
    private long sentAt;
    private int number;
    private @Nullable IOException failure;

    /** A reader's input; what is left of it may hold the beginning of what is awaited. */
    private static final class Reader {
        final ByteBuffer in = ByteBuffer.allocate(IN_BYTES);
        int seen;
        /** Where the last mark was: messages are alike, so the next one is mostly there. */
        int markAt;
    }

    DeliveryDriver(DeliveryFeed feed, int port, int bytes) throws IOException {
        this.feed = feed;
        this.port = port;
        this.text = new byte[Math.max(bytes, MARK_BYTES)];
        java.util.Arrays.fill(text, (byte) 'x');
        this.writer = new Http(port, TIMEOUT_MILLIS);
    }

    /** Makes what is written to and read. */
    void create() throws IOException {
        feed.create(writer);
    }

    /** Adds readers and waits until each has been told where it stands. */
    void connect(int readers) throws IOException {
        awaited = feed.standing();
        round++;
        missing = readers;
        sentAt = System.nanoTime();
        for (int i = 0; i < readers; i++) {
            SocketChannel channel = SocketChannel.open(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            channels.add(channel);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            feed.connect(channel, port);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Reader());
        }
        awaitAll();
    }

    /** Forgets what was measured so far. */
    void reset() {
        latencyNanos.reset();
    }

    /** Appends for some time, one message after the other has reached all. Returns the number of deliveries. */
    long run(double seconds, int pauseMillis) throws IOException, InterruptedException {
        long before = latencyNanos.getTotalCount();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            byte[] mark = String.format("<%010d>", number++).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(mark, 0, text, 0, MARK_BYTES);
            byte[] message = feed.message(text);
            awaited = mark;
            round++;
            missing = channels.size();
            sentAt = System.nanoTime();
            feed.write(writer, message);
            // The answer is read after the deliveries: a thread that waited for it would take the processor from
            // readers.
            awaitAll();
            Http.Answer answer = writer.receive(feed.method());
            if (answer.status() >= 300) {
                throw new IOException("status " + answer.status() + " " + answer.text());
            }
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
        }
        return latencyNanos.getTotalCount() - before;
    }

    /** What was measured since the last {@link #reset}. */
    Histogram latencyNanos() {
        return latencyNanos;
    }

    private void awaitAll() throws IOException {
        long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        while (missing > 0) {
            selector.select(this::ready, TIMEOUT_MILLIS);
            IOException failed = failure;
            if (failed != null) {
                throw failed;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(missing + " readers lack the last message after " + TIMEOUT_MILLIS
                        + " ms; perhaps the write was refused");
            }
        }
    }

    private void ready(SelectionKey key) {
        Reader reader = (Reader) key.attachment();
        try {
            if (((SocketChannel) key.channel()).read(reader.in) < 0) {
                throw new IOException("the server closed a reader's connection");
            }
            if (reader.seen != round && contains(reader, awaited)) {
                reader.seen = round;
                missing--;
                latencyNanos.recordValue(System.nanoTime() - sentAt);
                reader.in.clear();
            } else if (reader.in.position() > IN_BYTES / 2) {
                // What is awaited may have begun at the end.
                reader.in.flip().position(reader.in.limit() - awaited.length);
                reader.in.compact();
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    private static boolean contains(Reader reader, byte[] wanted) {
        if (isAt(reader.in, reader.markAt, wanted)) {
            return true;
        }
        int last = reader.in.position() - wanted.length;
        for (int i = 0; i <= last; i++) {
            if (reader.in.get(i) == wanted[0] && isAt(reader.in, i, wanted)) {
                reader.markAt = i;
                return true;
            }
        }
        return false;
    }

    private static boolean isAt(ByteBuffer in, int at, byte[] wanted) {
        if (at + wanted.length > in.position()) {
            return false;
        }
        int same = 0;
        while (same < wanted.length && in.get(at + same) == wanted[same]) {
            same++;
        }
        return same == wanted.length;
    }

    @Override
    public void close() throws IOException {
        writer.close();
        for (SocketChannel channel : channels) {
            channel.close();
        }
        selector.close();
    }
}
