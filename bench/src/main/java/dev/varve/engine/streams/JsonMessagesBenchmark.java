package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Checks JSON and cuts it into messages. Confined to one thread. */
@State(Scope.Thread)
public class JsonMessagesBenchmark {

    private static final String EVENT = """
            {"id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","type":"order.placed","at":1700000000123,"total":129.95,\
            "items":[{"sku":"A-1","count":2},{"sku":"B-7","count":1}],"note":"leave it at the \\"red\\" door, Zoë"}""";

    /** How many events of some 200 bytes the body's array has. */
    @Param({"1", "100"})
    private int events;

    private byte[] body = new byte[0];

    /** Makes the body. */
    @Setup
    public void make() {
        body = ("[" + (EVENT + ", ").repeat(events - 1) + EVENT + "]").getBytes(UTF_8);
    }

    /** The messages. */
    @Benchmark
    public Object split() {
        return JsonMessages.split(body);
    }
}
