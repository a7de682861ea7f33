package dev.varve.engine.journal;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Lays out a group of frames of 256 bytes and fills in headers and checksums, all but the write. Confined to one thread. */
@State(Scope.Thread)
public class GroupBenchmark {

    private static final byte[] BODY = new byte[256];

    /** How many frames a group has. */
    @Param({"1", "64"})
    private int frames;

    private final Group group = new Group();
    private final SaltedCrc crc = new SaltedCrc(0x5eedL);
    private long sequence;

    /** The checksum that the next group goes on from. */
    @Benchmark
    public int frame() {
        group.clear();
        for (int i = 0; i < frames; i++) {
            group.beginFrame(BODY.length).put(BODY);
            group.endFrame();
        }
        sequence += frames;
        return FrameFormat.fillHeaders(group, crc, sequence, 17);
    }
}
