package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Listens at one address, and lets connections in for as long as there are places. Thread-safe. */
final class Listener {

    private static final int ACCEPT_BACKLOG = 1024;

    private final ServerContext server;
    private final String host;
    private final int wantedPort;
    private final AtomicInteger connectionNumbers = new AtomicInteger();
    private volatile @Nullable Channel listening;

    /**
     * Creates a listener that does not listen yet.
     *
     * @param host how the address is called
     * @param wantedPort 0 for any free one
     */
    Listener(ServerContext server, String host, int wantedPort) {
        this.server = server;
        this.host = host;
        this.wantedPort = wantedPort;
    }

    /**
     * Begins to listen.
     *
     * @throws VarveException when the address cannot be used
     */
    void bind(InetAddress address) throws InterruptedException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(server.loops.accept, server.loops.live)
                .channel(Loops.serverChannel())
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(server.limits.outboundBytes / 4, server.limits.outboundBytes))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        open(channel);
                    }
                });
        ChannelFuture bound =
                bootstrap.bind(new InetSocketAddress(address, wantedPort)).await();
        if (!bound.isSuccess()) {
            throw new VarveException(
                    ErrorKind.UNAVAILABLE,
                    "cannot listen on " + host + ":" + wantedPort + "; is another server there?",
                    bound.cause());
        }
        listening = bound.channel();
    }

    private void open(SocketChannel channel) {
        if (!server.tryOpenConnection()) {
            Overflow.refuse(channel);
            return;
        }
        channel.closeFuture().addListener(server.connectionEnd);
        channel.pipeline().addLast(new Connection(server, channel, connectionNumbers.getAndIncrement()));
    }

    /** The port that it listens on; the wanted one while it does not listen. */
    int port() {
        Channel channel = listening;
        return channel != null && channel.localAddress() instanceof InetSocketAddress address
                ? address.getPort()
                : wantedPort;
    }

    /** The URL of what listens here, without a trailing slash. */
    String url() {
        String name = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        return "http://" + name + ":" + port();
    }

    /** Lets nobody in any more; whoever is in stays. */
    void close() {
        Channel channel = listening;
        if (channel != null) {
            channel.close().awaitUninterruptibly();
        }
    }
}
