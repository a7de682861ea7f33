package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** One reader that takes nothing among many that take all. Confined to one thread, beside its writer. */
final class StalledPart {

    private static final String PATH = "crowds/stalled";
    private static final int LINE_BYTES = 8 * 1024;
    private static final int LINES_AT_ONCE = 8;
    private static final int RECEIVE_BYTES = 4 * 1024;
    private static final double TIMEOUT_SECONDS = 300;
    private static final long ASK_NANOS = 500_000_000L;

    private final Judgement judgement;
    private final CrowdServer server;
    private int written;

    private StalledPart(Judgement judgement, CrowdServer server) {
        this.judgement = judgement;
        this.server = server;
    }

    static void run(Judgement judgement, Path work, String heap, int readers, int mebibytes)
            throws IOException, InterruptedException {
        try (CrowdServer server = CrowdServer.start(work, "stalled", heap, readers + 1_000)) {
            new StalledPart(judgement, server).run(readers, mebibytes);
            judgement.must(server.complaints().isEmpty(), "the server complains of nothing %s", server.complaints());
            judgement.must(server.stop() == 0, "the server ends in order");
        }
    }

    private void run(int readers, int mebibytes) throws IOException {
        server.create(PATH);
        int rounds = mebibytes * 1024 * 1024 / LINE_BYTES / LINES_AT_ONCE;
        try (Crowd crowd = new Crowd(server.port())) {
            List<Events> following = new ArrayList<>();
            for (int i = 0; i < readers - 1; i++) {
                Events reader = new Events(PATH, "-1", 0, LINE_BYTES);
                following.add(reader);
                crowd.add(reader);
            }
            crowd.run(() -> following.stream().allMatch(Events::told), TIMEOUT_SECONDS);
            say("before", write(crowd, following, Math.max(1, rounds / 10)));

            long before = server.residentBytes();
            Events stalled = new Events(PATH, "-1", 0, LINE_BYTES).stalled();
            crowd.add(stalled, RECEIVE_BYTES);
            crowd.run(stalled::isOpen, 1);
            say("with the stalled one", write(crowd, following, rounds));
            long wrong = following.stream()
                    .filter(reader -> !reader.isOpen() || reader.wrong() != null || reader.next() != written)
                    .count();
            judgement.must(
                    wrong == 0,
                    "%,d of %,d readers beside a stalled one got all %,d lines of %d KiB in order%s",
                    following.size() - wrong,
                    following.size(),
                    written,
                    LINE_BYTES >> 10,
                    wrong == 0
                            ? ""
                            : ": "
                                    + following.stream()
                                            .map(Events::wrong)
                                            .filter(w -> w != null)
                                            .findFirst());
            evicted(crowd, before);
            stalled.close(null);
            resume(crowd);
        }
    }

    private void evicted(Crowd crowd, long before) throws IOException {
        long began = System.nanoTime();
        long[] asked = {0};
        double[] closed = {0};
        boolean gone = crowd.run(
                () -> {
                    if (System.nanoTime() - asked[0] > ASK_NANOS) {
                        asked[0] = System.nanoTime();
                        try {
                            closed[0] = server.metric("varve_slow_clients_closed_total");
                        } catch (IOException e) {
                            throw new IllegalStateException("the metrics page is not served", e);
                        }
                    }
                    return closed[0] >= 1;
                },
                TIMEOUT_SECONDS);
        judgement.must(
                gone && closed[0] == 1,
                "the stalled reader alone is closed, %.1f s after the last append; the server has grown by %,d MiB",
                (System.nanoTime() - began) / 1e9,
                (server.residentBytes() - before) >> 20);
    }

    /** Who was closed finds everything where it left. */
    private void resume(Crowd crowd) throws IOException {
        Events again = new Events(PATH, "-1", 0, LINE_BYTES);
        crowd.add(again);
        crowd.run(() -> again.next() >= written || (again.told() && !again.isOpen()), TIMEOUT_SECONDS);
        judgement.must(
                again.next() == written && again.wrong() == null,
                "it comes back and gets %,d of %,d lines%s",
                again.next(),
                written,
                again.wrong() == null ? "" : ": " + again.wrong());
    }

    /** Appends, each after the last has reached all. Returns how long the last reader waited. */
    private Histogram write(Crowd crowd, List<Events> readers, int rounds) throws IOException {
        Histogram nanos = new Histogram(3_600_000_000_000L, 3);
        for (int round = 0; round < rounds; round++) {
            List<byte[]> lines = new ArrayList<>();
            for (int i = 0; i < LINES_AT_ONCE; i++) {
                lines.add(Events.line(written++, LINE_BYTES));
            }
            byte[] body = new byte[LINES_AT_ONCE * LINE_BYTES];
            for (int i = 0; i < LINES_AT_ONCE; i++) {
                System.arraycopy(lines.get(i), 0, body, i * LINE_BYTES, LINE_BYTES);
            }
            long sent = System.nanoTime();
            server.append(PATH, List.of(body));
            boolean all = crowd.run(
                    () -> readers.stream().allMatch(reader -> reader.next() >= written || !reader.isOpen()),
                    TIMEOUT_SECONDS);
            if (!all) {
                break;
            }
            nanos.recordValue(System.nanoTime() - sent);
        }
        return nanos;
    }

    private void say(String when, Histogram nanos) {
        judgement.say(
                "%s: an append of %d KiB has reached all after %.1f ms (median), %.1f ms (99 %%)",
                when,
                (LINES_AT_ONCE * LINE_BYTES) >> 10,
                nanos.getValueAtPercentile(50) / 1e6,
                nanos.getValueAtPercentile(99) / 1e6);
    }
}
