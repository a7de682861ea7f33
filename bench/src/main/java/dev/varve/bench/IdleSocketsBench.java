package dev.varve.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What WebSockets cost that have joined a store and then say nothing: resident memory, and live heap. */
final class IdleSocketsBench {

    private static final String[] OPTIONS = {
        "--sockets", "10000",
        "--warm-up", "5000",
        "--hold-seconds", "0",
        "--directory", "",
    };

    private static final int TIMEOUT_MILLIS = 30_000;

    private IdleSocketsBench() {}

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        int sockets = options.number("--sockets");
        Path directory = Work.directory(options.text("--directory"));
        Map<String, String> environment = Map.of("VARVE_MAX_CONNECTIONS", Integer.toString(sockets + 1_000));
        try (ServerProcess server = new ServerProcess(
                Servers.varve(),
                directory.resolve("data"),
                ServerProcess.freePort(),
                environment,
                ServerProcess.HTTP)) {
            server.start(Map.of());
            try (Http writer = new Http(server.port(), TIMEOUT_MILLIS)) {
                DeliveryFeed.ENTRY_SOCKETS.create(writer);
            }
            // Classes, threads, pools and a heap that has seen as many joins are there before the first that counts.
            close(connect(server.port(), options.number("--warm-up")));
            Memory collectedBefore = Memory.collected(server);
            close(connect(server.port(), options.number("--warm-up")));
            long before = server.residentBytes();
            long began = System.nanoTime();
            List<SocketChannel> open = connect(server.port(), sockets);
            double seconds = (System.nanoTime() - began) / 1e9;
            long after = server.residentBytes();
            Memory collectedAfter = Memory.collected(server);
            System.out.printf("bench: %,d WebSockets joined in %.1f s%n", sockets, seconds);
            tell("resident, as it stands", before, after, sockets);
            tell("resident, right after collections", collectedBefore.resident, collectedAfter.resident, sockets);
            tell("live heap", collectedBefore.heap, collectedAfter.heap, sockets);
            Thread.sleep((long) (options.decimal("--hold-seconds") * 1_000));
            close(open);
            server.stop();
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    private static void tell(String what, long before, long after, int sockets) {
        System.out.printf(
                "bench: %-34s %,8.1f to %,8.1f MiB, %6.2f KiB each%n",
                what, before / 1048576.0, after / 1048576.0, (after - before) / 1024.0 / sockets);
    }

    private record Memory(long resident, long heap) {

        static Memory collected(ServerProcess server) throws IOException, InterruptedException {
            long heap = SoakSample.heapAfterCollection(Path.of("/proc", Long.toString(server.pid())));
            return new Memory(server.residentBytes(), heap);
        }
    }

    private static List<SocketChannel> connect(int port, int sockets) throws IOException {
        List<SocketChannel> open = new ArrayList<>();
        ByteBuffer in = ByteBuffer.allocate(4 * 1024);
        for (int i = 0; i < sockets; i++) {
            SocketChannel channel = SocketChannel.open(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            open.add(channel);
            DeliveryFeed.openSocket(channel, port);
            DeliveryFeed.join(channel, "{\"last_store_seq\":0}");
            in.clear();
            while (!new String(in.array(), 0, in.position(), StandardCharsets.US_ASCII).contains("catch_up_complete")) {
                if (channel.read(in) < 0) {
                    throw new IOException("the server closed socket " + i);
                }
            }
        }
        return open;
    }

    private static void close(List<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
