package dev.varve.bench;

import dev.varve.api.Key;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.spi.Transport;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Reads of records that have been read before, one after the other: of an embedded Varve, and of a live copy of a store of a
 * server. Confined to one thread.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first
public class RepositoryBenchmark {

    private static final int RECORDS = 1_000;

    /** A record of eight fields. */
    @Schema(prefix = "links")
    record Link(
            @Key String slug,
            String title,
            @Nullable URI url,
            @Nullable String note,
            int visits,
            boolean read,
            double score,
            List<String> tags,
            @Nullable String author) {}

    /** How the store is reached. */
    @Param({"EMBEDDED", "LIVE"})
    public Transport.Kind transport;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final String[] keys = new String[RECORDS];
    private Repository<Link> links;
    private int next;

    /** Opens a store with records, all of which have been read. */
    @Setup
    public void open() {
        Store store = transport == Transport.Kind.EMBEDDED ? embedded() : live();
        links = store.repository(Link.class);
        for (int i = 0; i < RECORDS; i++) {
            keys[i] = "link-" + i;
            links.insert(new Link(
                    keys[i],
                    "Title " + i,
                    URI.create("https://example.org/" + i),
                    null,
                    i,
                    true,
                    0.5,
                    List.of("a", "b"),
                    "Ada"));
            links.get(keys[i]);
        }
    }

    private Store embedded() {
        return kept(Varve.inMemory()).store("acme/reading");
    }

    private Store live() {
        Engine engine = kept(Engine.inMemory(EngineOptions.DEFAULT));
        VarveServer server = kept(VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .events(engine.events())
                .records(engine.reservedEntries())
                .start());
        Store store = kept(Varve.connect(server.url())).store("acme/reading");
        LiveSync live = kept(store.live(LiveOptions.of(Link.class)));
        if (!live.awaitLive(Duration.ofSeconds(30))) {
            throw new IllegalStateException("not live: " + live.status());
        }
        return store;
    }

    private <C extends AutoCloseable> C kept(C closeable) {
        opened.add(0, closeable);
        return closeable;
    }

    /**
     * Closes it.
     *
     * @throws Exception when that fails
     */
    @TearDown
    public void close() throws Exception {
        for (AutoCloseable closeable : opened) {
            closeable.close();
        }
    }

    /**
     * Reads a record.
     *
     * @return the record
     */
    @Benchmark
    public Object find() {
        next = (next + 1) % RECORDS;
        return links.find(keys[next]);
    }
}
