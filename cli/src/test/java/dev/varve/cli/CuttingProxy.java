package dev.varve.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a server, and cuts their connections when a test wants it. Thread-safe. */
final class CuttingProxy implements AutoCloseable {

    private final ServerSocket listening;
    private final URI server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile boolean silent;
    private volatile long bytesUntilCut = Long.MAX_VALUE;

    CuttingProxy(URI server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** Cuts what is open, and everything new until {@link #mend}. */
    void cut() {
        refusing = true;
        closeAll();
    }

    /** Cuts what is open once the server has sent so many bytes more; what is new is let through. */
    void cutAfter(int bytes) {
        bytesUntilCut = bytes;
    }

    /** Keeps back what the server says from now on. What the client says arrives. */
    void silence() {
        silent = true;
    }

    /** Lets new connections through, and what the server says in them. */
    void mend() {
        bytesUntilCut = Long.MAX_VALUE;
        silent = false;
        refusing = false;
    }

    private void closeAll() {
        open.forEach(CuttingProxy::close);
        open.clear();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone anyway.
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                if (refusing) {
                    close(client);
                    continue;
                }
                Socket to;
                try {
                    to = new Socket(server.getHost(), server.getPort());
                } catch (IOException e) {
                    close(client); // the server is away
                    continue;
                }
                open.add(client);
                open.add(to);
                if (refusing) {
                    closeAll(); // cut in between
                }
                daemon(() -> copy(client, to, false));
                daemon(() -> copy(to, client, true));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void copy(Socket from, Socket to, boolean fromServer) {
        byte[] buffer = new byte[4096];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                int passed = fromServer ? let(read) : read;
                if (!(fromServer && silent)) {
                    out.write(buffer, 0, passed);
                }
                if (passed < read) {
                    closeAll();
                    return;
                }
            }
        } catch (IOException e) {
            // One side has gone.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    /** How many of the bytes are let through before the cut. */
    private synchronized int let(int read) {
        if (bytesUntilCut == Long.MAX_VALUE || bytesUntilCut >= read) {
            bytesUntilCut -= bytesUntilCut == Long.MAX_VALUE ? 0 : read;
            return read;
        }
        int left = (int) bytesUntilCut;
        bytesUntilCut = Long.MAX_VALUE;
        return left;
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        closeAll();
    }
}
