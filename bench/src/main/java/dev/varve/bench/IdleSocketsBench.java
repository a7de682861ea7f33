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
        "--warm-up", "500",
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
            // Classes, threads and pools are there before the first of those that count.
            close(connect(server.port(), options.number("--warm-up")));
            Memory before = Memory.of(server);
            long began = System.nanoTime();
            List<SocketChannel> open = connect(server.port(), sockets);
            double seconds = (System.nanoTime() - began) / 1e9;
            long resident = server.residentBytes();
            Memory after = Memory.of(server);
            System.out.printf(
                    "bench: %,d WebSockets joined in %.1f s: resident %,d to %,d MiB (%,d after a collection), %.1f KiB each;"
                            + " live heap %,d to %,d KiB, %.2f KiB each%n",
                    sockets,
                    seconds,
                    before.resident >> 20,
                    resident >> 20,
                    after.resident >> 20,
                    (Math.max(resident, after.resident) - before.resident) / 1024.0 / sockets,
                    before.heap >> 10,
                    after.heap >> 10,
                    (after.heap - before.heap) / 1024.0 / sockets);
            close(open);
            server.stop();
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    /** Right after a collection. */
    private record Memory(long resident, long heap) {

        static Memory of(ServerProcess server) throws IOException, InterruptedException {
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
