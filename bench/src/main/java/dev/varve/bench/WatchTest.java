package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Readers follow streams by events and by long-poll while these are written, while they cut their connections, while
 * checkpoints come often, over a kill -9 and over an end in order. Each must see every message once, in order, without a
 * gap, each append whole, and nothing that cannot be read; and any offset that any of them was given must lead to the
 * message behind it. One stream is trimmed meanwhile: only what retention does not keep may be refused. One is written
 * together with another: whoever sees one half can read the other. Confined to one thread, beside those it starts.
 */
final class WatchTest {

    private static final String[] OPTIONS = {
        "--seconds", "12",
        "--readers", "30",
        "--appends-per-second", "400",
        "--cut-every", "8",
        "--kills", "1",
        "--restarts", "1",
        "--retention-messages", "40",
        "--checkpoint-bytes", "1048576",
        "--seed", "random",
        "--command", "",
        "--keep", "off",
    };

    private static final long FINISH_MILLIS = 60_000;
    private static final List<WatchReader.Mode> MODES = List.of(WatchReader.Mode.values());
    private static final int RESUMES = 100;

    private final Options options;
    private final long seed;
    private final SplittableRandom random;
    private final ServerProcess server;
    private final Findings findings = new Findings();
    private final List<WatchStream> streams = new ArrayList<>();
    private final List<WatchReader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private int resumedTooLate;

    private WatchTest(Options options, long seed, ServerProcess server) {
        this.options = options;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.server = server;
    }

    /** Runs the test that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-watch-");
        List<String> command =
                options.text("--command").isEmpty() ? Servers.varve() : Servers.typed(options.text("--command"));
        Map<String, String> environment = Map.of("VARVE_CHECKPOINT_BYTES", options.text("--checkpoint-bytes"));
        boolean good = false;
        try (ServerProcess server = new ServerProcess(
                command, work.resolve("data"), ServerProcess.freePort(), environment, ServerProcess.HTTP)) {
            good = new WatchTest(options, seed, server).execute();
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("watch: data and log are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        server.start(Map.of());
        AtomicBoolean stopping = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (WatchStream.Kind kind : WatchStream.Kind.values()) {
            add(new WatchStream("watch/" + kind.name().toLowerCase(Locale.ROOT), kind, seed + streams.size()));
        }
        add(new WatchStream(
                "watch/trimmed",
                WatchStream.Kind.JSON,
                seed + streams.size(),
                options.number("--retention-messages"),
                null));
        create("watch/right", WatchStream.Kind.JSON.contentType);
        add(new WatchStream("watch/left", WatchStream.Kind.JSON, seed + streams.size(), 0, "watch/right"));
        for (WatchStream stream : streams) {
            WatchWriter writer = new WatchWriter(
                    stream,
                    server.port(),
                    findings,
                    stopping::get,
                    random.nextLong(),
                    options.number("--appends-per-second"));
            writers.add(Thread.ofPlatform()
                    .name("writer of " + stream.path)
                    .daemon()
                    .start(writer));
        }
        new WatchSchedule(options, random).run(server, findings, this::startReader);
        stopping.set(true);
        for (Thread writer : writers) {
            writer.join(FINISH_MILLIS);
        }
        finish();
        for (WatchStream stream : streams) {
            resume(stream);
        }
        server.stop();
        return report();
    }

    private void add(WatchStream stream) throws IOException {
        String[] retention = stream.retainedMessages == 0
                ? new String[0]
                : new String[] {"Stream-Retention-Messages", Integer.toString(stream.retainedMessages)};
        stream.stands(create(stream.path, stream.kind.contentType, retention), 0);
        streams.add(stream);
    }

    private String create(String path, String contentType, String... more) throws IOException {
        String[] headers = Arrays.copyOf(more, more.length + 2);
        headers[more.length] = "Content-Type";
        headers[more.length + 1] = contentType;
        try (Http http = new Http(server.port(), 10_000)) {
            Http.Answer answer = http.send("PUT", "/v1/stream/" + path, new byte[0], headers);
            String offset = answer.header("stream-next-offset");
            if (answer.status() != 201 || offset == null) {
                throw new IOException("creating " + path + " gives status " + answer.status());
            }
            return offset;
        }
    }

    private void startReader(int index) {
        WatchStream stream = streams.get(index % streams.size());
        WatchReader.Mode mode = MODES.get(index / streams.size() % MODES.size());
        int cutEvery = random.nextInt(3) == 0 ? 0 : options.number("--cut-every");
        String from = switch (random.nextInt(3)) {
            case 0 -> "-1";
            case 1 -> "now";
            default -> anyOffset(stream);
        };
        String name = "reader " + index + " (" + mode + ", from " + from + ") of " + stream.path;
        WatchReader reader =
                new WatchReader(name, stream, mode, from, cutEvery, server.port(), findings, random.nextLong());
        readers.add(reader);
        threads.add(Thread.ofPlatform().name(name).daemon().start(reader));
    }

    private String anyOffset(WatchStream stream) {
        @Nullable String offset = stream.anyOffset(random);
        return offset == null ? "-1" : offset;
    }

    /** The streams are closed: every reader comes to their end by itself. */
    private void finish() throws InterruptedException {
        long deadline = System.nanoTime() + FINISH_MILLIS * 1_000_000;
        for (int i = 0; i < readers.size(); i++) {
            threads.get(i).join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            WatchReader reader = readers.get(i);
            WatchStream stream = streams.get(i % streams.size());
            if (threads.get(i).isAlive()) {
                findings.add(Kind.LOST, reader + " waits for message " + reader.next() + " of " + stream.count());
            } else if (reader.finished() && reader.next() >= 0 && reader.next() != stream.count()) {
                findings.add(Kind.LOST, reader + " was told the end after " + reader.next() + " of " + stream.count());
            }
        }
    }

    /** Any offset that was given out leads to the message behind it. */
    private void resume(WatchStream stream) throws IOException {
        try (Http http = new Http(server.port(), 10_000)) {
            for (int i = 0; i < RESUMES; i++) {
                String offset = anyOffset(stream);
                Integer before = stream.countAt(offset);
                if (before == null) {
                    continue;
                }
                Http.Answer answer = http.send("GET", "/v1/stream/" + stream.path + "?offset=" + offset, new byte[0]);
                String earliest = answer.header("stream-earliest-offset");
                if (answer.status() == 410 && stream.retainedMessages > 0 && earliest != null) {
                    checkTrimmed(stream, offset, earliest);
                    continue;
                }
                List<byte[]> messages = answer.status() == 200 ? stream.cut(answer.body()) : List.of();
                int first = messages.isEmpty() ? stream.count() : stream.number(messages.getFirst());
                if (answer.status() != 200 || first != before) {
                    findings.add(
                            Kind.MISPLACED,
                            stream.path + ": from " + offset + " (status " + answer.status() + ") comes message "
                                    + first + " instead of " + before);
                }
            }
        }
    }

    private void checkTrimmed(WatchStream stream, String offset, String earliest) {
        resumedTooLate++;
        Integer before = stream.countAt(earliest);
        if (offset.compareTo(earliest) >= 0 || (before != null && stream.count() - before < stream.retainedMessages)) {
            findings.add(
                    Kind.LOST,
                    stream.path + ": " + offset + " is said to be gone; the stream begins at " + earliest + " after "
                            + before + " of " + stream.count());
        }
    }

    private boolean report() {
        findings.words().forEach(words -> System.out.println("watch: " + words));
        long received = readers.stream().mapToLong(WatchReader::received).sum();
        long connections = readers.stream().mapToLong(WatchReader::connections).sum();
        long written = streams.stream().mapToLong(WatchStream::count).sum();
        long trimmed = resumedTooLate
                + readers.stream().mapToLong(WatchReader::trimmed).sum();
        long looks = readers.stream().mapToLong(WatchReader::looks).sum();
        boolean empty = received == 0 || connections <= readers.size() || trimmed == 0 || looks == 0;
        if (empty) {
            System.out.println("watch: nothing was received, no connection was cut, nothing was trimmed before its"
                    + " reader came, or nobody looked whether it can be read; so not everything was tested");
        }
        System.out.println(
                "watch: " + written + " messages, " + readers.size() + " readers received " + received + " over "
                        + connections + " connections, " + trimmed + " times behind what was trimmed, "
                        + findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.TORN, Kind.REORDERED)
                        + " (seed " + seed + ")");
        return findings.none() && !empty;
    }
}
