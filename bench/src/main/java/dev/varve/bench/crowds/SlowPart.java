package dev.varve.bench.crowds;

import dev.varve.bench.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that are slow on purpose, while others go about their business. Confined to one thread, beside its probe. */
final class SlowPart {

    private static final String PATH = "crowds/slow";
    private static final List<Slow.Kind> KINDS = List.of(Slow.Kind.values());
    private static final int MESSAGE_BYTES = 64 * 1024;
    private static final int MESSAGES = 20;
    private static final int RECEIVE_BYTES = 4 * 1024;
    private static final long CRAWL_NANOS = 1_000_000_000L;
    private static final double TIMEOUT_SECONDS = 120;
    /** The longest of the server's timeouts, what it waits for a refused client, and some room. */
    private static final double TARGET_SECONDS = 30;

    private static final int PROBE_PAUSE_MILLIS = 50;
    private static final int PROBE_TIMEOUT_MILLIS = 150_000;

    private SlowPart() {}

    static void run(Judgement judgement, Path work, String heap, int count) throws IOException, InterruptedException {
        try (CrowdServer server = CrowdServer.start(work, "slow", heap, count + 1_000)) {
            server.create(PATH);
            byte[] message = new byte[MESSAGE_BYTES];
            Arrays.fill(message, (byte) 'x');
            server.append(PATH, Collections.nCopies(MESSAGES, message));
            server.create(PATH + "-probe");
            Probe probe = new Probe(server.port());
            Thread probing = Thread.ofPlatform().name("probe").daemon().start(probe);
            List<Slow> slow = new ArrayList<>();
            try (Crowd crowd = new Crowd(server.port())) {
                for (int i = 0; i < count; i++) {
                    Slow member = new Slow(KINDS.get(i % KINDS.size()), PATH);
                    slow.add(member);
                    crowd.add(member, member.kind == Slow.Kind.READ ? RECEIVE_BYTES : 0);
                }
                watch(judgement, server, crowd, slow);
            }
            probe.stopping.set(true);
            probing.join();
            judgement.must(
                    probe.failures.get() == 0 && probe.answered.get() > 0,
                    "meanwhile %,d of %,d requests of others were answered, the slowest after %,d ms",
                    probe.answered.get(),
                    probe.answered.get() + probe.failures.get(),
                    probe.slowestNanos.get() / 1_000_000);
            judgement.must(server.complaints().isEmpty(), "the server complains of nothing %s", server.complaints());
            judgement.must(server.stop() == 0, "the server ends in order");
        }
    }

    private static void watch(Judgement judgement, CrowdServer server, Crowd crowd, List<Slow> slow)
            throws IOException {
        List<Slow> readers =
                slow.stream().filter(member -> member.kind == Slow.Kind.READ).toList();
        long[] crawled = {System.nanoTime()};
        long[] asked = {System.nanoTime()};
        double[] evicted = {0};
        boolean closed = crowd.run(
                () -> {
                    long now = System.nanoTime();
                    if (now - crawled[0] >= CRAWL_NANOS) {
                        crawled[0] = now;
                        slow.forEach(Slow::crawl);
                    }
                    if (evicted[0] < readers.size() && now - asked[0] >= CRAWL_NANOS) {
                        asked[0] = now;
                        try {
                            evicted[0] = server.metric("varve_slow_clients_closed_total");
                        } catch (IOException e) {
                            throw new IllegalStateException("the metrics page is not served", e);
                        }
                        if (evicted[0] >= readers.size()) {
                            // They are closed by now, which shows only to those that read.
                            readers.forEach(Slow::wake);
                        }
                    }
                    return slow.stream().noneMatch(Member::isOpen);
                },
                TIMEOUT_SECONDS);
        for (Slow.Kind kind : KINDS) {
            List<Slow> some =
                    slow.stream().filter(member -> member.kind == kind).toList();
            long gone = some.stream().filter(member -> !member.isOpen()).count();
            double longest = some.stream().mapToDouble(Slow::seconds).max().orElse(0);
            judgement.must(
                    gone == some.size(),
                    "%,d of %,d clients that are slow at the %s are closed, the last after %.1f s",
                    gone,
                    some.size(),
                    kind.name().toLowerCase(Locale.ROOT),
                    longest);
            judgement.should(longest <= TARGET_SECONDS, "that is within %.0f s", TARGET_SECONDS);
        }
        judgement.must(
                closed && evicted[0] >= readers.size(),
                "the server counts %.0f clients closed for not reading",
                evicted[0]);
    }

    /** Appends, reads and asks for health all the time. Thread-safe where read by others. */
    private static final class Probe implements Runnable {
        final AtomicBoolean stopping = new AtomicBoolean();
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger failures = new AtomicInteger();
        final AtomicLong slowestNanos = new AtomicLong();
        private final int port;

        Probe(int port) {
            this.port = port;
        }

        @Override
        public void run() {
            byte[] body = "probe\n".getBytes(StandardCharsets.US_ASCII);
            while (!stopping.get()) {
                ask("POST", "/v1/stream/" + PATH + "-probe", body, 204);
                ask("HEAD", "/v1/stream/" + PATH, new byte[0], 200);
                ask("GET", "/healthz", new byte[0], 200);
                try {
                    Thread.sleep(PROBE_PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }

        /** On a connection of its own: that new ones are let in is what is asked. */
        private void ask(String method, String target, byte[] body, int expected) {
            long began = System.nanoTime();
            try (Http http = new Http(port, PROBE_TIMEOUT_MILLIS)) {
                int status = http.send(method, target, body, "Content-Type", "text/plain")
                        .status();
                (status == expected ? answered : failures).incrementAndGet();
            } catch (IOException e) {
                failures.incrementAndGet();
            }
            slowestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
        }
    }
}
