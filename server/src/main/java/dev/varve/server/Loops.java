package dev.varve.server;

import dev.varve.engine.io.Clock;
import dev.varve.engine.spi.InlineCommits;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The event loops in their groups: one accepts, some serve live readers and every connection's first request, some
 * submit and commit writes. A connection moves to a write loop with its first write and back with its first live read,
 * so neither a slow disk nor a long group delays readers, health or metrics. Thread-safe.
 */
final class Loops {

    private static final int MAX_LOOPS_PER_GROUP = 16;
    private static final long SHUTDOWN_SECONDS = 2;

    final MultiThreadIoEventLoopGroup accept;
    final MultiThreadIoEventLoopGroup live;

    /** All that there are. */
    private final List<MultiThreadIoEventLoopGroup> groups = new ArrayList<>();

    private final List<Loop> liveLoops;
    private final List<Loop> writeLoops;
    private final IdentityHashMap<EventLoop, Loop> byEventLoop = new IdentityHashMap<>();

    Loops(@Nullable InlineCommits commits, Clock clock) {
        int processors = Runtime.getRuntime().availableProcessors();
        int each = Math.clamp(processors / 2, 1, MAX_LOOPS_PER_GROUP);
        boolean made = false;
        try {
            this.accept = group("varve-accept", 1);
            this.live = group("varve-live", each);
            this.liveLoops = loops(live, Loop.Kind.LIVE, commits, clock);
            this.writeLoops = loops(group("varve-write", each), Loop.Kind.WRITE, commits, clock);
            made = true;
        } finally {
            if (!made) {
                shutdown();
            }
        }
    }

    private MultiThreadIoEventLoopGroup group(String name, int threads) {
        IoHandlerFactory io = Epoll.isAvailable() ? EpollHandler.newFactory() : NioIoHandler.newFactory();
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name), io);
        groups.add(group);
        return group;
    }

    private List<Loop> loops(
            MultiThreadIoEventLoopGroup group, Loop.Kind kind, @Nullable InlineCommits commits, Clock clock) {
        List<Loop> loops = new ArrayList<>();
        for (EventExecutor executor : group) {
            Loop loop = new Loop((EventLoop) executor, kind, commits, clock);
            loops.add(loop);
            byEventLoop.put(loop.eventLoop, loop);
        }
        return List.copyOf(loops);
    }

    static Class<? extends ServerChannel> serverChannel() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    Loop of(EventLoop eventLoop) {
        Loop loop = byEventLoop.get(eventLoop);
        if (loop == null) {
            throw new IllegalStateException("not a loop of this server: " + eventLoop);
        }
        return loop;
    }

    /** The loop of a kind for a connection: always the same one, so that going back and forth keeps its caches warm. */
    Loop pick(Loop.Kind kind, int connectionNumber) {
        List<Loop> loops = kind == Loop.Kind.WRITE ? writeLoops : liveLoops;
        return loops.get(Integer.remainderUnsigned(connectionNumber, loops.size()));
    }

    void startTicking(ServerContext server) {
        forEach(loop -> loop.startTicking(server));
    }

    void forEach(Consumer<Loop> action) {
        liveLoops.forEach(action);
        writeLoops.forEach(action);
    }

    /** What each loop counts. */
    List<Tally> tallies() {
        return Stream.concat(liveLoops.stream(), writeLoops.stream())
                .map(loop -> loop.tally)
                .toList();
    }

    /** Runs an action for each loop on its own thread. */
    void onEach(Consumer<Loop> action) {
        forEach(loop -> loop.deliver(() -> action.accept(loop)));
    }

    void shutdown() {
        for (MultiThreadIoEventLoopGroup group : groups) {
            var _ = group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
        }
        groups.forEach(group -> group.terminationFuture().awaitUninterruptibly());
    }
}
