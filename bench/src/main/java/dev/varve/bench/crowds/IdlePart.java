package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Idle readers by the thousand, then short visits while they stay. Confined to one thread. */
final class IdlePart {

    private static final String PATH = "crowds/idle";
    private static final int LINE_BYTES = 64;
    private static final int CONNECTING = 500;
    private static final int VISITING = 64;
    private static final int WARM_READERS = 200;
    private static final int WARM_VISITS = 2_000;
    private static final double TIMEOUT_SECONDS = 300;
    private static final long MAX_GROWTH_BYTES = 256L << 20;
    private static final int READERS_OF_MAX_GROWTH = 10_000;

    private final Judgement judgement;
    private final CrowdServer server;

    private IdlePart(Judgement judgement, CrowdServer server) {
        this.judgement = judgement;
        this.server = server;
    }

    static void run(Judgement judgement, Path work, String heap, int readers, int visits)
            throws IOException, InterruptedException {
        try (CrowdServer server = CrowdServer.start(work, "idle", heap, readers + 1_000)) {
            new IdlePart(judgement, server).run(readers, visits);
            judgement.must(server.complaints().isEmpty(), "the server complains of nothing %s", server.complaints());
            judgement.must(server.stop() == 0, "the server ends in order");
        }
    }

    private void run(int readers, int visits) throws IOException {
        server.create(PATH);
        warmUp();
        long before = server.residentBytes();
        try (Crowd crowd = new Crowd(server.port())) {
            List<Events> idle = connect(crowd, readers, "-1", 0);
            long settled = server.residentBytes();
            long growth = Math.max(0, settled - before);
            judgement.say(
                    "%,d idle readers: the server grew from %,d to %,d MiB, %,.1f KiB a reader",
                    readers, before >> 20, settled >> 20, growth / 1024.0 / readers);
            judgement.should(
                    growth <= MAX_GROWTH_BYTES * Math.max(1, readers / (double) READERS_OF_MAX_GROWTH),
                    "the growth stays below %d MiB for %,d",
                    MAX_GROWTH_BYTES >> 20,
                    Math.max(readers, READERS_OF_MAX_GROWTH));
            append(crowd, idle, 0);
            visit(crowd, visits);
            append(crowd, idle, 1);
            judgement.say("after the visits the server has %,d MiB", server.residentBytes() >> 20);
        }
    }

    /** What the server grows by once, whatever the crowd. */
    private void warmUp() throws IOException {
        try (Crowd crowd = new Crowd(server.port())) {
            connect(crowd, WARM_READERS, "-1", 0);
            visits(crowd, WARM_VISITS);
        }
    }

    private List<Events> connect(Crowd crowd, int readers, String from, int next) throws IOException {
        List<Events> idle = new ArrayList<>();
        while (idle.size() < readers) {
            int until = Math.min(readers, idle.size() + CONNECTING);
            while (idle.size() < until) {
                Events reader = new Events(PATH, from, next, LINE_BYTES);
                idle.add(reader);
                crowd.add(reader);
            }
            if (!crowd.run(
                    () -> idle.stream().allMatch(reader -> reader.told() || !reader.isOpen()), TIMEOUT_SECONDS)) {
                break;
            }
        }
        long told = idle.stream().filter(Events::told).count();
        judgement.must(told == readers, "%,d of %,d readers are told where the stream stands", told, readers);
        return idle;
    }

    private void append(Crowd crowd, List<Events> readers, int number) throws IOException {
        long sent = System.nanoTime();
        server.append(PATH, List.of(Events.line(number, LINE_BYTES)));
        crowd.run(
                () -> readers.stream().allMatch(reader -> reader.next() > number || !reader.isOpen()), TIMEOUT_SECONDS);
        double millis = (System.nanoTime() - sent) / 1e6;
        long right = readers.stream()
                .filter(reader -> reader.isOpen() && reader.next() == number + 1 && reader.wrong() == null)
                .count();
        judgement.must(
                right == readers.size(),
                "an append reaches %,d of %,d, the last after %,.0f ms",
                right,
                readers.size(),
                millis);
    }

    private void visit(Crowd crowd, int visits) throws IOException {
        long began = System.nanoTime();
        int[] answered = visits(crowd, visits);
        double seconds = (System.nanoTime() - began) / 1e9;
        judgement.must(
                answered[0] == visits,
                "%,d of %,d short visits answered while the readers stay, %,.0f a second%s",
                answered[0],
                visits,
                visits / seconds,
                answered[0] == visits ? "" : ", the last other status was " + answered[1]);
    }

    /** Visits, many at a time. Returns how many were answered with 200, and the last other status. */
    private static int[] visits(Crowd crowd, int visits) throws IOException {
        int[] counts = new int[4];
        crowd.run(
                () -> {
                    while (counts[3] < VISITING && counts[2] < visits) {
                        boolean health = counts[2] % 2 == 0;
                        ShortVisit visit = new ShortVisit(
                                health ? "GET" : "HEAD", health ? "/healthz" : "/v1/stream/" + PATH, ended -> {
                                    counts[3]--;
                                    if (ended.status() == 200) {
                                        counts[0]++;
                                    } else {
                                        counts[1] = ended.status();
                                    }
                                });
                        counts[2]++;
                        counts[3]++;
                        crowd.addBriefly(visit);
                    }
                    return counts[2] == visits && counts[3] == 0;
                },
                TIMEOUT_SECONDS);
        return counts;
    }
}
