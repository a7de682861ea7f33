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
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that are slow on purpose, while others go about their business. One that is slow at head or body must be closed. One that
 * asks for much and takes nothing must be closed, too, or be refused in clean words because others like it hold the memory that there is for pages: then it
 * holds none itself, has all its answers, and is idle. Confined to one thread, beside its probe.
 */
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

    /** When so long none was closed, none will be: longer than a client may take nothing. */
    private static final long QUIET_NANOS = 15_000_000_000L;

    private static final double TAKE_SECONDS = 60;

    /** How long clients that take nothing may keep others from pages. */
    private static final double MAX_SECONDS_WITHOUT_PAGE = 8;

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
            double withoutPage = probe.withoutPageNanos.get() / 1e9;
            judgement.must(
                    probe.pages.get() > 0 && withoutPage <= MAX_SECONDS_WITHOUT_PAGE,
                    "they had %,d of %,d pages that they asked for, and waited for one for %.1f s at most",
                    probe.pages.get(),
                    probe.pages.get() + probe.refusedPages.get(),
                    withoutPage);
            judgement.must(server.complaints().isEmpty(), "the server complains of nothing %s", server.complaints());
            judgement.must(server.stop() == 0, "the server ends in order");
        }
    }

    private static void watch(Judgement judgement, CrowdServer server, Crowd crowd, List<Slow> slow)
            throws IOException {
        List<Slow> readers =
                slow.stream().filter(member -> member.kind == Slow.Kind.READ).toList();
        List<Slow> senders =
                slow.stream().filter(member -> member.kind != Slow.Kind.READ).toList();
        long began = System.nanoTime();
        long[] crawled = {began};
        long[] asked = {began};
        long[] evictedAt = {began};
        double[] evicted = {0};
        crowd.run(
                () -> {
                    long now = System.nanoTime();
                    if (now - crawled[0] >= CRAWL_NANOS) {
                        crawled[0] = now;
                        senders.forEach(Slow::crawl);
                    }
                    if (now - asked[0] >= CRAWL_NANOS) {
                        asked[0] = now;
                        double count = evicted(server);
                        evictedAt[0] = count > evicted[0] ? now : evictedAt[0];
                        evicted[0] = count;
                    }
                    boolean quiet = evicted[0] >= readers.size() || now - evictedAt[0] >= QUIET_NANOS;
                    return quiet && senders.stream().noneMatch(Member::isOpen);
                },
                TIMEOUT_SECONDS);
        for (Slow.Kind kind : List.of(Slow.Kind.HEAD, Slow.Kind.BODY)) {
            List<Slow> some =
                    senders.stream().filter(member -> member.kind == kind).toList();
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
        double longest = (evictedAt[0] - began) / 1e9;
        judgement.must(
                evicted[0] > 0,
                "of %,d clients that ask for pages and take nothing %.0f are closed, the last after %.1f s",
                readers.size(),
                evicted[0],
                longest);
        judgement.should(longest <= TARGET_SECONDS, "that is within %.0f s", TARGET_SECONDS);
        judgeReaders(judgement, server, crowd, readers, evicted[0]);
    }

    private static double evicted(CrowdServer server) {
        try {
            return server.metric("varve_slow_clients_closed_total");
        } catch (IOException e) {
            throw new IllegalStateException("the metrics page is not served", e);
        }
    }

    /** That they were closed shows only when they read. Then everyone else must find all its answers. */
    private static void judgeReaders(
            Judgement judgement, CrowdServer server, Crowd crowd, List<Slow> readers, double evicted)
            throws IOException {
        readers.forEach(Slow::wake);
        crowd.run(() -> readers.stream().noneMatch(reader -> reader.isOpen() && !reader.isAnswered()), TAKE_SECONDS);
        long cut = readers.stream()
                .filter(reader -> !reader.isAnswered() && !reader.isOpen())
                .count();
        long refused = readers.stream()
                .filter(reader -> reader.isAnswered() && reader.refusals() > 0)
                .count();
        List<String> wrong =
                readers.stream().map(Slow::wrong).filter(Objects::nonNull).toList();
        judgement.must(
                cut + refused == readers.size() && cut == Math.round(evicted) && wrong.isEmpty(),
                "%,d of them were cut in the middle of a page; %,d were refused pages, with words and a time to come again, and hold nothing;"
                        + " %,d are neither %s",
                cut,
                refused,
                readers.size() - cut - refused,
                wrong.stream().limit(3).toList());
        double pageBytes = server.metric("varve_page_memory_bytes");
        judgement.must(pageBytes == 0, "in the end pages hold %,.0f bytes", pageBytes);
    }

    /** Appends, reads and asks for health all the time. Thread-safe where read by others. */
    private static final class Probe implements Runnable {
        final AtomicBoolean stopping = new AtomicBoolean();
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger failures = new AtomicInteger();
        final AtomicLong slowestNanos = new AtomicLong();
        final AtomicInteger pages = new AtomicInteger();
        final AtomicInteger refusedPages = new AtomicInteger();
        /** The longest time in which no page was to be had. */
        final AtomicLong withoutPageNanos = new AtomicLong();

        private final int port;
        private long lastPage = System.nanoTime();

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
                askForPage();
                try {
                    Thread.sleep(PROBE_PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }

        /** While others hold all memory for pages, one may be refused for now. */
        private void askForPage() {
            try (Http http = new Http(port, PROBE_TIMEOUT_MILLIS)) {
                Http.Answer answer = http.send("GET", "/v1/stream/" + PATH + "-probe?offset=-1", new byte[0]);
                long now = System.nanoTime();
                if (answer.status() == 200) {
                    pages.incrementAndGet();
                    withoutPageNanos.accumulateAndGet(now - lastPage, Math::max);
                    lastPage = now;
                } else if (answer.status() == 503 && answer.header("retry-after") != null) {
                    refusedPages.incrementAndGet();
                } else {
                    failures.incrementAndGet();
                }
            } catch (IOException e) {
                failures.incrementAndGet();
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
