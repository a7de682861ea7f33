package dev.varve.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What no server of one event loop can beat: it takes every read for one whole request, writes the bytes of a round of reads
 * into a file that is there already, with one synchronous write, and answers 204. No HTTP, no streams, no recovery.
 */
final class LimitServer {

    private static final byte[] ANSWER = """
            HTTP/1.1 204 No Content\r
            Stream-Next-Offset: 0\r
            Date: Thu, 01 Jan 2026 00:00:00 GMT\r
            \r
            """.getBytes(StandardCharsets.US_ASCII);

    private static final int FILE_BYTES = 64 << 20;
    private static final int GROUP_BYTES = 4 << 20;
    private static final int READ_BYTES = 16 << 10;

    private LimitServer() {}

    /**
     * Serves until it is killed.
     *
     * @param args the port and a directory
     */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createDirectories(Path.of(args[1]));
        Path file = directory.resolve("log");
        try (FileChannel fill = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(GROUP_BYTES);
            for (long at = 0; at < FILE_BYTES; at += GROUP_BYTES) {
                fill.write(zeros.clear(), at);
            }
            fill.force(true);
        }
        FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
        Selector selector = Selector.open();
        ServerSocketChannel accepting = ServerSocketChannel.open();
        accepting.bind(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), Integer.parseInt(args[0])));
        accepting.configureBlocking(false);
        accepting.register(selector, SelectionKey.OP_ACCEPT);
        ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
        ByteBuffer group = ByteBuffer.allocateDirect(GROUP_BYTES);
        ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER.length).put(ANSWER);
        List<SocketChannel> waiting = new ArrayList<>();
        long position = 0;
        while (true) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel accepted = accepting.accept();
                    accepted.configureBlocking(false);
                    accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    accepted.register(selector, SelectionKey.OP_READ);
                } else if (key.channel() instanceof SocketChannel channel) {
                    in.clear();
                    if (channel.read(in) < 0) {
                        channel.close();
                    } else {
                        group.put(in.flip());
                        waiting.add(channel);
                    }
                }
            }
            selector.selectedKeys().clear();
            if (!waiting.isEmpty()) {
                group.flip();
                if (position + group.remaining() > FILE_BYTES) {
                    position = 0;
                }
                while (group.hasRemaining()) {
                    position += log.write(group, position);
                }
                group.clear();
                for (SocketChannel channel : waiting) {
                    channel.write(answer.clear());
                }
                waiting.clear();
            }
        }
    }
}
