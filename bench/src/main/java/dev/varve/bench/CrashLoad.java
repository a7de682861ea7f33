package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The load of the long tests: writers of every kind, their streams, and what compares them with the history. Confined to
 * one thread, beside the writers.
 */
final class CrashLoad {

    /** How many there are of each kind, and how large streams may grow before fresh ones take their places. */
    private static final String[] OPTIONS = {
        "--producers", "16",
        "--streams", "8",
        "--plain", "2",
        "--conditional", "2",
        "--batches", "2",
        "--lifecycle", "2",
        "--lifetimes", "2",
        "--retention", "3",
        "--offsets", "on",
        "--rotate-bytes", "8388608",
    };

    private static final int TIMEOUT_MILLIS = 300_000;
    private static final int MOST_WRITERS = 256;
    private static final List<String> RETENTION = List.of("bytes=65536", "millis=2000", "messages=50");

    private final Options options;
    private final CrashRun run;
    private final SplittableRandom random;
    private final List<StreamSlot> slots = new ArrayList<>();
    private final List<String> retired = new ArrayList<>();
    private final List<CrashWriter> writers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Integer> neverSendAgain = new ArrayList<>();
    private final Map<String, Long> observed = new LinkedHashMap<>();

    CrashLoad(Options options, CrashRun run, SplittableRandom random) {
        this.options = options;
        this.run = run;
        this.random = random;
    }

    /** These options and those of a test. */
    static String[] optionsAnd(String... more) {
        String[] all = java.util.Arrays.copyOf(more, more.length + OPTIONS.length);
        System.arraycopy(OPTIONS, 0, all, more.length, OPTIONS.length);
        return all;
    }

    /** Creates the streams and starts the writers. */
    void start() throws IOException {
        prepare();
        for (CrashWriter writer : writers) {
            threads.add(Thread.ofPlatform().name("writer-" + writer.id).daemon().start(writer));
        }
    }

    /** How many writers run. */
    int living() {
        return (int) threads.stream().filter(Thread::isAlive).count();
    }

    /** Ends the writers, who need a server that answers. */
    void stop(long timeoutMillis) throws InterruptedException {
        run.stop();
        for (Thread thread : threads) {
            thread.join(timeoutMillis);
        }
    }

    List<StreamSlot> slots() {
        return slots;
    }

    /** What happened, and how often. */
    Map<String, Long> observed() {
        return observed;
    }

    void count(String what, long more) {
        observed.merge(what, more, Long::sum);
    }

    /** Settles appends that nobody sends again, as the last check found them. */
    void settle() throws IOException {
        run.oracle()
                .record(run.oracle()
                        .ask(history -> CrashCheck.settle(history, neverSendAgain::contains))
                        .toArray(String[]::new));
    }

    private void prepare() throws IOException {
        int streams = options.number("--streams");
        int id = 0;
        for (int i = 0; i < streams; i++) {
            slots.add(create("shared-" + i, i % 2 == 1));
        }
        for (int i = 0; i < options.number("--producers"); i++) {
            writers.add(new IdempotentWriter(run, id++, slots.get(i % streams)));
        }
        for (int i = 0; i < options.number("--plain"); i++) {
            neverSendAgain.add(id);
            writers.add(new PlainWriter(run, id++, slots.get(i % streams)));
        }
        for (int i = 0; i < options.number("--conditional"); i++) {
            StreamSlot slot = create("conditional-" + i, i % 2 == 1);
            slots.add(slot);
            writers.add(new ConditionalWriter(run, id++, slot));
        }
        List<StreamSlot> batch = new ArrayList<>();
        for (int i = 0; i < 4 && options.number("--batches") > 0; i++) {
            batch.add(create("batch-" + i, i % 2 == 1));
        }
        slots.addAll(batch);
        for (int i = 0; i < options.number("--batches"); i++) {
            boolean producer = i % 2 == 0;
            if (!producer) {
                neverSendAgain.add(id);
            }
            writers.add(new BatchWriter(run, id++, batch, producer));
        }
        for (int i = 0; i < options.number("--lifecycle"); i++) {
            writers.add(new LifecycleWriter(run, id++));
        }
        for (int i = 0; i < options.number("--lifetimes"); i++) {
            writers.add(new LifetimeWriter(run, id++));
        }
        for (int i = 0; i < options.number("--retention"); i++) {
            writers.add(new RetentionWriter(run, id++, createTrimmed(i)));
        }
        if (id > MOST_WRITERS) {
            throw new Options.UsageException("at most 256 writers: a message of one byte names its writer");
        }
    }

    private StreamSlot create(String base, boolean json) throws IOException {
        StreamSlot slot = new StreamSlot(base, json);
        create(base, json, slot.name());
        return slot;
    }

    private String createTrimmed(int index) throws IOException {
        String name = "retention-" + index;
        String rule = RETENTION.get(index % RETENTION.size());
        String bound = rule.substring(rule.indexOf('=') + 1);
        if (rule.startsWith("bytes")) {
            put(name, name, false, " " + rule, "Stream-Retention-Bytes", bound);
        } else if (rule.startsWith("millis")) {
            put(name, name, false, " " + rule, "Stream-Retention-Age", Long.toString(Long.parseLong(bound) / 1_000));
        } else {
            put(name, name, false, " " + rule, "Stream-Retention-Messages", bound);
        }
        return name;
    }

    private void create(String what, boolean json, String name) throws IOException {
        put(what, name, json, "");
    }

    private void put(String what, String name, boolean json, String rule, String... more) throws IOException {
        run.oracle().record("stream " + name + " " + (json ? "json" : "bytes") + rule);
        List<String> headers = new ArrayList<>(List.of("Content-Type", CrashWriter.contentType(json)));
        headers.addAll(List.of(more));
        try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
            Http.Answer answer = http.send("PUT", run.path(name), new byte[0], headers.toArray(String[]::new));
            if (answer.status() != 201) {
                throw new IOException("creating " + what + " gives status " + answer.status() + " " + answer.text());
            }
        }
        run.oracle().record("opened " + name);
    }

    /**
     * Reads back what there is.
     *
     * @param whole whether from the beginning of all streams, not only from where the last check ended
     */
    void check(boolean whole) throws IOException {
        CrashCheck check = new CrashCheck(
                run.port(), CrashRun.PREFIX, run.payloads(), run.findings(), options.on("--offsets"), random.split());
        try {
            run.oracle().ask(history -> {
                try {
                    check.run(history, whole);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return history;
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        run.started(); // a check reads every stream, which renews lifetimes
        count("appends found trimmed", check.trimmed());
        if (whole) {
            count("whole comparisons", 1);
        }
    }

    /** Replaces streams that have grown, so that a check reads what it can in its time, and deletes those replaced before. */
    void rotate() throws IOException {
        Set<String> needed = run.oracle().ask(History::streamsOfUnknown);
        for (String name : List.copyOf(retired)) {
            if (needed.contains(name)) {
                continue; // an append to it is sent again when the writers go on
            }
            retired.remove(name);
            run.oracle().record("deleting " + name);
            try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
                Http.Answer answer = http.send("DELETE", run.path(name), new byte[0]);
                if (answer.status() != 204) {
                    run.findings().add(Kind.REFUSED, "deleting " + name + " gives status " + answer.status());
                }
            }
            run.oracle().record("deleted " + name);
            count("streams deleted", 1);
        }
        for (StreamSlot slot : slots) {
            String full = slot.name();
            if (length(full) > options.number("--rotate-bytes")) {
                create(slot.following(), slot.json(), slot.following());
                slot.advance();
                retired.add(full);
            }
        }
    }

    private long length(String stream) {
        return run.oracle().ask(history -> {
            History.Checked read = history.stream(stream).checked;
            return read == null ? 0 : read.bytes();
        });
    }
}
