package dev.varve.bench;

import dev.varve.api.Key;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.Varve;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reads of records of an embedded Varve that have been read before, one after the other. Confined to one thread. */
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

    private final String[] keys = new String[RECORDS];
    private Varve varve;
    private Repository<Link> links;
    private int next;

    /** Opens a store with records, all of which have been read. */
    @Setup
    public void open() {
        varve = Varve.inMemory();
        links = varve.store("acme/reading").repository(Link.class);
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

    /** Closes it. */
    @TearDown
    public void close() {
        varve.close();
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
