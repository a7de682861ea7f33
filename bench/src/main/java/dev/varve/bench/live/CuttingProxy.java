package dev.varve.bench.live;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between programs and a server, and does to their connections what networks do: cuts them anywhere in the bytes, in
 * either direction, and holds bytes back for a while. Thread-safe.
 */
final class CuttingProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 8 << 10;
    private static final int MAX_PAUSE_MILLIS = 40;

    private final ServerSocket listener;
    private final int serverPort;
    private final int bytesPerCut;
    private final SplittableRandom random;
    private final AtomicBoolean gentle = new AtomicBoolean();
    private final AtomicLong cuts = new AtomicLong();

    /**
     * Begins to take connections.
     *
     * @param serverPort where they lead
     * @param bytesPerCut after about how many bytes in one direction a connection is cut
     */
    CuttingProxy(int serverPort, int bytesPerCut, SplittableRandom random) throws IOException {
        this.serverPort = serverPort;
        this.bytesPerCut = bytesPerCut;
        this.random = random;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    long cuts() {
        return cuts.get();
    }

    /** From now on all bytes go through. */
    void beGentle() {
        gentle.set(true);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                // Closed, or a connection that was gone before it was taken.
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            Runnable cut = () -> {
                closeQuietly(client);
                closeQuietly(server);
            };
            Thread.ofVirtual().start(() -> pump(client, server, cut));
            pump(server, client, cut);
        } catch (IOException e) {
            closeQuietly(client); // as when the server is down
        }
    }

    private void pump(Socket from, Socket to, Runnable cut) {
        long left = left();
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                boolean ends = !gentle.get() && read >= left;
                out.write(buffer, 0, ends ? (int) left : read);
                left -= read;
                if (ends) {
                    cuts.incrementAndGet();
                    break;
                }
                pause();
            }
        } catch (IOException e) {
            // Either side has gone.
        } finally {
            cut.run();
        }
    }

    private synchronized long left() {
        return 1 + random.nextLong(2L * bytesPerCut);
    }

    private void pause() {
        long millis;
        synchronized (this) {
            millis = gentle.get() || random.nextInt(50) > 0 ? 0 : random.nextInt(MAX_PAUSE_MILLIS);
        }
        if (millis > 0) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
