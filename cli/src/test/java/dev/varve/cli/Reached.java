package dev.varve.cli;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryPattern;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import dev.varve.cli.FaultyProxy.Sent;
import dev.varve.client.VarveClient;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A store that a program reaches by one transport, and that others reach by a way of their own. What goes over the wire is seen. */
final class Reached implements AutoCloseable {

    /** A server and a proxy before it, for all stores of a class of tests, reached by every transport. */
    static final class World implements AutoCloseable {

        private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
        private final VarveServer server = VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .records(engine.reservedEntries())
                .start();
        private final FaultyProxy proxy;
        private final Varve embedded = engine.varve();
        private final Map<Transport.Kind, Varve> remote = new EnumMap<>(Transport.Kind.class);
        private final AtomicInteger names = new AtomicInteger();

        World() throws IOException {
            proxy = new FaultyProxy(server.url());
            for (Transport.Kind kind : List.of(Transport.Kind.HTTP, Transport.Kind.LIVE)) {
                remote.put(kind, VarveClient.builder(proxy.url()).connect());
            }
        }

        FaultyProxy proxy() {
            return proxy;
        }

        /** A store that does not exist. */
        Reached by(Transport.Kind kind) {
            String name = "acme/s" + names.incrementAndGet();
            Store others = embedded.store(name);
            if (kind == Transport.Kind.EMBEDDED) {
                return new Reached(kind, others, others, null, proxy);
            }
            Store store = requireNonNull(remote.get(kind)).store(name);
            LiveSync live = kind == Transport.Kind.LIVE ? store.live(LiveOptions.of(EntryPattern.ALL)) : null;
            if (live != null && !live.awaitLive(Patience.LONG)) {
                throw new IllegalStateException("not in step: " + live.status());
            }
            return new Reached(kind, store, others, live, proxy);
        }

        @Override
        public void close() throws IOException {
            remote.values().forEach(Varve::close);
            proxy.close();
            server.close();
            engine.close();
        }
    }

    /** The transports that there are. */
    static Stream<Transport.Kind> kinds() {
        return Stream.of(Transport.Kind.values());
    }

    final Transport.Kind kind;
    final Store store;
    /** The same store, as others reach it. */
    final Store others;

    private final @Nullable LiveSync live;
    private final FaultyProxy proxy;
    private int seen;

    private Reached(Transport.Kind kind, Store store, Store others, @Nullable LiveSync live, FaultyProxy proxy) {
        this.kind = kind;
        this.store = store;
        this.others = others;
        this.live = live;
        this.proxy = proxy;
        this.seen = proxy.sent().size();
    }

    /** Waits until what others have written is seen. */
    void settle() {
        long written = storeSeq();
        if (live != null) {
            Patience.await()
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> live.status().storeSeq() >= written);
        }
    }

    /** How often the store was written to. */
    long storeSeq() {
        return others.info().map(StoreInfo::storeSeq).orElse(0L);
    }

    boolean isRemote() {
        return kind != Transport.Kind.EMBEDDED;
    }

    /** What went over the wire since this was asked for the last time, but for what keeps a socket open. */
    List<Sent> sent() {
        List<Sent> all = List.copyOf(proxy.sent());
        List<Sent> since = new ArrayList<>(all.subList(seen, all.size()));
        seen = all.size();
        since.removeIf(one -> one.target().equals("heartbeat")
                || one.target().equals("phx_join")
                || one.target().startsWith("/ws/"));
        return since;
    }

    /** The changes that went over the wire since it was asked for the last time, request by request. */
    List<List<JsonNode>> writes() {
        List<List<JsonNode>> writes = new ArrayList<>();
        for (Sent one : sent()) {
            boolean pushed = one.is(FaultyProxy.PUSH, "batch");
            if (pushed || one.is("POST", "/entries/batch_write")) {
                JsonNode ops = (pushed ? one.payload() : one.json()).path("ops");
                List<JsonNode> changes = new ArrayList<>();
                ops.forEach(changes::add);
                writes.add(changes);
            }
        }
        return writes;
    }

    @Override
    public void close() {
        if (live != null) {
            live.close();
        }
    }
}
