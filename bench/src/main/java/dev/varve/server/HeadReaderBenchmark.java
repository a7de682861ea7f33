package dev.varve.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reads the head of a durable append as a load driver sends it. Confined to one thread. */
@State(Scope.Thread)
public class HeadReaderBenchmark {

    private final ByteBuf head = Unpooled.directBuffer().writeBytes("""
            POST /v1/stream/bench/stream-17 HTTP/1.1\r
            Host: 127.0.0.1:4437\r
            Content-Type: application/octet-stream\r
            Content-Length: 256\r
            User-Agent: driver/1.0\r
            Accept: */*\r
            \r
            """.getBytes(US_ASCII));

    private final HeadReader reader = new HeadReader(new Limits());

    /** A head that has come whole. */
    @Benchmark
    public @Nullable Object whole() {
        head.readerIndex(0);
        return reader.read(head);
    }
}
