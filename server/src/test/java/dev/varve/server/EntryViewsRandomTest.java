package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StoreInfo;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Whoever keeps the last value of each key of a view has what the list shows: at any prefix, from any place on, with pages of
 * any size, while all kinds of changes are made, through checkpoints, compaction and restarts.
 */
final class EntryViewsRandomTest {

    private static final int STEPS = 500;

    private static final String STORE = "acme/random";
    private static final List<String> SEGMENTS = List.of("a", "b", "a-", "~", "/", "*", "\u00e9");
    private static final int REMEMBERED = 30;

    /** So little that snapshots have several parts and larger writes become snapshots. */
    private static final ViewBounds SMALL = new ViewBounds(400, 3_000, 5, 10_000);

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ArrayDeque<String> latest = new ArrayDeque<>();
    private final List<Reader> readers = new ArrayList<>();
    private Random random = new Random();
    private @Nullable Engine engine;
    private @Nullable EntryViews views;
    private int writes;
    private int snapshots;
    private int resets;
    private int restarts;

    @AfterEach
    void stop() {
        threads.close();
        Engine running = engine;
        if (running != null) {
            running.close();
        }
    }

    /** A client that keeps what it reads. */
    private final class Reader {
        final EntryView view;
        final Map<String, JsonNode> content = new TreeMap<>();
        Offset offset = Offset.BEGINNING;
        boolean inSnapshot;
        boolean upToDate;

        Reader(EntryView view) {
            this.view = view;
        }

        void read() {
            int maxBytes = random.nextInt(4) == 0 ? 1 : random.nextInt(3_000) + 1;
            ReadResult result = views().read(view.path(), offset, maxBytes).join();
            if (result instanceof Refusal refusal) {
                assertThat(refusal.kind()).isEqualTo(ErrorKind.COMPACTED);
                assertThat(offset).isNotEqualTo(Offset.BEGINNING);
                content.clear();
                offset = Offset.BEGINNING;
                inSnapshot = false;
                upToDate = false;
                restarts++;
                return;
            }
            ReadResult.Page page = (ReadResult.Page) result;
            String text = StandardCharsets.UTF_8.decode(page.data().duplicate()).toString();
            if (!text.isEmpty()) {
                EntriesApi.json(text).forEach(this::apply);
            }
            assertThat(page.next().compareTo(offset)).isNotNegative();
            if (page.next().equals(page.start())) {
                assertThat(page.hasMore()).isFalse();
                assertThat(text).isEmpty();
            }
            // The same again is the same, from another view of the same store too.
            if (page.hasMore() && !offset.isSentinel() && random.nextInt(4) == 0) {
                EntryViews fresh = new EntryViews(engine().entries(), SMALL, threads);
                if (fresh.read(view.path(), offset, maxBytes).join() instanceof ReadResult.Page again) {
                    assertThat(StandardCharsets.UTF_8
                                    .decode(again.data().duplicate())
                                    .toString())
                            .isEqualTo(text);
                    assertThat(again.next()).isEqualTo(page.next());
                }
            }
            offset = page.next();
            upToDate = !page.hasMore();
        }

        private void apply(JsonNode message) {
            JsonNode headers = message.get("headers");
            if (headers.has("control")) {
                control(headers.get("control").asString());
                return;
            }
            assertThat(message.get("type").asString()).isEqualTo("entry");
            String key = message.get("key").asString();
            String operation = headers.get("operation").asString();
            // Not only the outcome is right: what is inserted was not there, what is updated or deleted was.
            assertThat(content.containsKey(key)).as("%s of %s", operation, key).isEqualTo(!operation.equals("insert"));
            if (operation.equals("delete")) {
                content.remove(key);
            } else {
                assertThat(message.get("value").get("path").asString()).isEqualTo(key);
                content.put(key, message.get("value"));
            }
        }

        private void control(String what) {
            switch (what) {
                case "reset" -> {
                    content.clear();
                    resets++;
                }
                case "snapshot-start" -> {
                    assertThat(inSnapshot).isFalse();
                    assertThat(content).isEmpty();
                    inSnapshot = true;
                    snapshots++;
                }
                case "snapshot-end" -> {
                    assertThat(inSnapshot).isTrue();
                    inSnapshot = false;
                }
                default -> throw new AssertionError("control " + what);
            }
        }

        void compare() {
            while (true) {
                do {
                    read();
                } while (!upToDate);
                Map<String, JsonNode> expected = new TreeMap<>();
                long listed = list(view, expected);
                // An entry may have expired between the two.
                if (ViewPosition.of(offset).storeSeq() == listed) {
                    assertThat(content).as("%s after change %s", view, listed).isEqualTo(expected);
                    assertThat(inSnapshot).isFalse();
                    return;
                }
                upToDate = false;
            }
        }
    }

    private Engine engine() {
        Engine running = engine;
        if (running == null) {
            throw new IllegalStateException("no engine is running");
        }
        return running;
    }

    private EntryViews views() {
        EntryViews running = views;
        if (running == null) {
            throw new IllegalStateException("no engine is running");
        }
        return running;
    }

    private void open() {
        Engine running = engine;
        if (running != null) {
            running.close();
        }
        engine = Engine.open(directory, EngineOptions.DEFAULT);
        views = new EntryViews(engine().entries(), SMALL, threads);
    }

    /** All that the list shows at and below a prefix. Gives the moment, or -1 when there were several. */
    private long list(EntryView view, Map<String, JsonNode> into) {
        EntryQuery query = EntryQuery.matching(STORE, EntryPattern.ALL).withLimit(50);
        long storeSeq = -1;
        while (true) {
            EntryPage page = engine().entries().list(query).join();
            if (storeSeq >= 0 && storeSeq != page.storeSeq()) {
                return -1;
            }
            storeSeq = page.storeSeq();
            for (Entry entry : page.entries()) {
                if (view.shows(entry.path())) {
                    into.put(
                            entry.path().toString(),
                            EntriesApi.json(EntryText.entry(entry).toString()));
                }
            }
            if (page.next() == null) {
                return storeSeq;
            }
            query = query.withAfter(page.next());
        }
    }

    private StoreInfo store() {
        return engine().entries().store(STORE).orElseThrow();
    }

    @Test
    void a_view_comes_to_what_the_list_shows() {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        random = new Random(seed);
        open();
        engine().entries().createStore(STORE).join();
        readers.add(new Reader(new EntryView(STORE, null)));
        for (int i = 0; i < 5; i++) {
            readers.add(new Reader(new EntryView(STORE, anyPath(2))));
        }
        try {
            for (int step = 0; step < STEPS || (step < 20 * STEPS && !haveSeenEverything()); step++) {
                step();
            }
            for (Reader reader : readers) {
                reader.compare();
                Reader late = new Reader(reader.view);
                late.compare();
            }
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " (run again with -Dvarve.test.seed=" + seed + "), after\n  "
                            + String.join("\n  ", latest),
                    e);
        }
        assertThat(haveSeenEverything())
                .as("%d snapshots, %d resets, %d restarts after compaction", snapshots, resets, restarts)
                .isTrue();
    }

    /** What is rare comes in nearly every run of {@link #STEPS}; the others go on until it has come. */
    private boolean haveSeenEverything() {
        return snapshots > 5 && resets > 0 && restarts > 0;
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 55) {
            write();
        } else if (dice < 80) {
            readers.get(random.nextInt(readers.size())).read();
        } else if (dice < 88) {
            readers.get(random.nextInt(readers.size())).compare();
        } else if (dice < 91) {
            int which = random.nextInt(readers.size());
            readers.set(which, new Reader(readers.get(which).view));
        } else if (dice < 93) {
            note("checkpoint");
            engine().checkpoint().join();
        } else if (dice < 95) {
            StoreInfo store = store();
            long through = store.compactedSeq()
                    + (long) (random.nextDouble() * random.nextDouble() * (store.storeSeq() - store.compactedSeq()));
            note("compact " + through);
            engine().entries().compact(STORE, through).join();
        } else if (dice < 98) {
            rollBack();
        } else if (random.nextInt(4) == 0) {
            note("reopen");
            open();
        }
    }

    private void rollBack() {
        StoreInfo store = store();
        long kept = store.storeSeq() - store.compactedSeq();
        long toSeq = store.storeSeq() - (long) (random.nextDouble() * Math.min(20, kept));
        EntryPath path = random.nextInt(5) == 0 ? null : anyPath(2);
        note("rollback of " + path + " to " + toSeq);
        engine().entries().rollback(STORE, path, toSeq, "roller").join();
    }

    private void write() {
        List<EntryOp> ops = new ArrayList<>();
        for (int i = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1; i > 0; i--) {
            ops.add(anyOp());
        }
        ops.forEach(op -> note(op.kind() + " " + op.path() + (op.value() == null ? "" : " = " + op.value())));
        try {
            var _ = engine().entries()
                    .write(new EntryWrite(STORE, ops, "device", "op" + ++writes, false, true))
                    .join();
        } catch (CompletionException e) {
            throw new AssertionError("a write failed", e);
        }
    }

    private EntryOp anyOp() {
        EntryPath path = anyPath(3);
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> EntryOp.set(path, anyValue());
            case 4 -> EntryOp.set(path, anyObject(3));
            case 5 -> EntryOp.set(path, EntryValue.of(random.nextInt(9))).expiringAfter(1 + random.nextInt(20));
            case 6, 7 -> EntryOp.delete(path);
            case 8 -> EntryOp.of(EntryOp.Kind.MERGE, path, anyObject(1));
            case 9 -> EntryOp.of(EntryOp.Kind.MERGE, path, anyObject(3));
            case 10 -> EntryOp.of(EntryOp.Kind.INCREMENT, path, EntryValue.of(random.nextInt(9) - 3));
            case 11 -> EntryOp.of(EntryOp.Kind.ADD, path, EntryValue.of(random.nextInt(4)));
            case 12 -> EntryOp.of(EntryOp.Kind.REMOVE, path, EntryValue.of(random.nextInt(4)));
            case 13 -> EntryOp.lease(EntryOp.Kind.LEASE, path, new EntryOp.LeaseTerms(1L, "me", null));
            case 14 -> {
                Long token = engine().entries()
                        .get(STORE, path)
                        .join()
                        .map(entry -> entry.revision())
                        .orElse(1L);
                yield EntryOp.lease(
                        random.nextBoolean() ? EntryOp.Kind.RELEASE : EntryOp.Kind.RENEW,
                        path,
                        new EntryOp.LeaseTerms(1_000L, "me", token));
            }
            default -> EntryOp.of(EntryOp.Kind.CHECK, path, null);
        };
    }

    private EntryPath anyPath(int depth) {
        List<String> segments = new ArrayList<>();
        for (int i = 1 + random.nextInt(depth); i > 0; i--) {
            segments.add(SEGMENTS.get(Math.min(random.nextInt(SEGMENTS.size()), random.nextInt(SEGMENTS.size()))));
        }
        return EntryPath.of(segments);
    }

    private EntryValue anyValue() {
        return switch (random.nextInt(6)) {
            case 0 -> new EntryValue.Null();
            case 1 -> EntryValue.of("text \"" + random.nextInt(100) + "\"\r\n\ud83d\ude00");
            case 2 -> new EntryValue.Items(List.of(EntryValue.of(1), EntryValue.of("x")));
            case 3 ->
                new EntryValue.Fields(Map.of("_type", EntryValue.of("decimal"), "_typed", EntryValue.of("29.99")));
            case 4 -> anyObject(2);
            default -> EntryValue.of(random.nextInt(100));
        };
    }

    /** Now and then empty, or with empty objects in it. */
    private EntryValue anyObject(int depth) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            fields.put(
                    SEGMENTS.get(random.nextInt(SEGMENTS.size())),
                    depth > 0 && random.nextBoolean() ? anyObject(depth - 1) : EntryValue.of(random.nextInt(100)));
        }
        return new EntryValue.Fields(fields);
    }

    private void note(String what) {
        latest.addLast(what);
        if (latest.size() > REMEMBERED) {
            latest.removeFirst();
        }
    }
}
