package dev.varve.bench.corrupt;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventData;
import dev.varve.api.EventStorage;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.Fork;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.Snapshot;
import dev.varve.api.StreamConfig;
import dev.varve.engine.journal.JournalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Builds small stores with a bit of everything in them, and writes down what they hold. Confined to one thread.
 *
 * <p>Two come of it: {@code killed}, left in the middle of work with checkpoints, rolled segments, journal after the last
 * checkpoint, and groups past the durable mark; and {@code clean}, the same closed in good order. Beside them lie earlier
 * moments of the same store, and another store of the same shape.
 */
final class SampleStore {

    static final String KILLED = "killed";
    static final String CLEAN = "clean";
    static final String OTHER = "other";

    /** Moments before the end, oldest first: closed in good order, and with an older checkpoint. */
    static final List<String> EARLIER = List.of("earlier-1", "earlier-2", "earlier-3");

    static final String BYTES = "application/octet-stream";
    static final long EPOCH = 2;
    static final String TOUCHED = "s/touched";

    /** All paths that are asked for. */
    static final List<String> PATHS = List.of(
            "s/bytes",
            "s/json",
            "s/producers",
            "s/large",
            "s/larger",
            "s/closed",
            "s/deleted",
            "s/again",
            "s/source",
            "s/fork",
            "s/fork-of-fork",
            "s/ttl",
            TOUCHED,
            "s/expires",
            "s/kept",
            "s/together-1",
            "s/together-2",
            "s/late",
            "s/last",
            "s/never");

    /** A producer that a store knows. */
    record KnownProducer(String path, String id) {}

    static final List<KnownProducer> PRODUCERS = List.of(
            new KnownProducer("s/producers", "p"),
            new KnownProducer("s/producers", "q"),
            new KnownProducer("s/late", "p"));

    /** A store of entries. */
    static final String STORE = "acme/sample";

    /** A copy of it, made when it was half as old. */
    static final String COPY = "acme/copy";

    static final List<String> STORES = List.of(STORE, COPY);

    /** How long the files are that entries refer to: none, small ones, and one of two blocks. */
    private static final List<Integer> FILE_BYTES = List.of(0, 5, 300, 66_000);

    /** The hashes of files, which have the same content in every store. */
    static final List<String> FILES = FILE_BYTES.stream()
            .map(SampleStore::fileContent)
            .map(SampleStore::hash)
            .toList();

    /** Aggregates of events. */
    static final List<AggregateId> AGGREGATES = List.of(
            new AggregateId("order", "1"),
            new AggregateId("sensor", "1"),
            new AggregateId("gone", "1"),
            new AggregateId("never", "1"));

    /** Entries and subtrees that are asked for one by one. */
    static final List<String> ENTRIES = List.of(
            "links", "links/a", "links/a/title", "links/gone", "large", "counter", "tags", "kept", "never", "files");

    /** Changes of entries after which everything is looked at; every store that is kept has them. */
    static final List<Long> ENTRY_MOMENTS = List.of(2L, 8L);

    private static final String JSON = "application/json";
    private static final JournalOptions JOURNAL = JournalOptions.DEFAULTS
            .withSegmentBytes(16 << 10, 8 << 10)
            .withKeptSegments(1, 1, 2)
            .withMinFreeBytes(0)
            .withMarkIntervalMillis(60_000);
    private static final long FOREVER_SECONDS = 100_000_000_000L;
    private static final int LARGE_BYTES = 2_600;

    private final Path root;
    private final Path directory;
    private final StillClock clock = new StillClock();
    private final SplittableRandom random;
    private final List<String> moments = new ArrayList<>();
    private HandDrivenEngine engine;
    private int sequences = 100;
    private int tracked;

    private SampleStore(Path root, long seed) throws IOException {
        this.root = root;
        this.directory = root.resolve("building");
        this.random = new SplittableRandom(seed);
        this.engine = new HandDrivenEngine(directory, JOURNAL, clock, random);
    }

    /** The journal's options, for opening what was built. */
    static JournalOptions journalOptions() {
        return JOURNAL;
    }

    /** Builds all stores below a directory. */
    static void buildAll(Path root, long seed) throws IOException, Contents.Wrong {
        Path elsewhere = root.resolve("elsewhere");
        SampleStore other = new SampleStore(elsewhere, seed + 1);
        other.build();
        Image.load(elsewhere.resolve(KILLED)).write(root.resolve(OTHER), null);
        dev.varve.bench.Directories.delete(elsewhere);
        new SampleStore(root, seed).build();
    }

    private void build() throws IOException, Contents.Wrong {
        first();
        engine.checkpoint();
        more(1);
        engine.close();
        save(EARLIER.get(0));
        engine = new HandDrivenEngine(directory, JOURNAL, clock, random);
        more(2);
        // By the checkpoint that this makes due.
        engine.await(engine.entries().cloneStore(STORE, COPY));
        more(3);
        save(EARLIER.get(1));
        more(4);
        engine.checkpoint();
        sinceCheckpoint();
        // The next commit writes the mark.
        clock.advance(2 * JOURNAL.markIntervalMillis());
        append("s/bytes", BYTES, 40);
        save(EARLIER.get(2));
        note(KILLED);
        pastMark();
        save(KILLED);
        Files.write(root.resolve(KILLED + ".moments"), moments, UTF_8);
        engine.close();
        save(CLEAN);
        engine = new HandDrivenEngine(directory, JOURNAL, clock, random);
        contents().save(root.resolve(CLEAN + "-0.contents"));
        Files.write(root.resolve(CLEAN + ".moments"), List.of(Long.toString(engine.end())), UTF_8);
        engine.close();
        dev.varve.bench.Directories.delete(directory);
    }

    private void first() {
        create("s/bytes", StreamConfig.of(BYTES), 50);
        create("s/json", StreamConfig.of(JSON), 0);
        append("s/json", "[1,{\"a\":[2]},\"three\"]");
        append("s/json", "{\"four\":4}");
        create("s/producers", StreamConfig.of(BYTES), 0);
        create("s/large", StreamConfig.of(BYTES), 0);
        create("s/larger", StreamConfig.of(BYTES), LARGE_BYTES);
        append("s/larger", BYTES, LARGE_BYTES);
        append("s/larger", BYTES, LARGE_BYTES);
        create("s/closed", StreamConfig.of(BYTES), 30);
        did(engine.await(engine.storage().append(AppendRequest.closing("s/closed"))));
        create("s/deleted", StreamConfig.of(BYTES), 30);
        create("s/again", StreamConfig.of(BYTES), 30);
        create("s/source", StreamConfig.of(BYTES), 30);
        Offset half = append("s/source", BYTES, 25);
        append("s/source", BYTES, 20);
        fork("s/fork", new Fork("s/source", half, null));
        create("s/ttl", StreamConfig.of(BYTES).withTtlSeconds(FOREVER_SECONDS), 20);
        create(TOUCHED, StreamConfig.of(BYTES).withTtlSeconds(FOREVER_SECONDS / 100), 20);
        create("s/expires", StreamConfig.of(BYTES).withExpiresAt(Instant.parse("2225-01-01T00:00:00Z")), 20);
        create("s/kept", StreamConfig.of(BYTES).withRetention(new Retention(null, null, 2L)), 0);
        create("s/together-1", StreamConfig.of(BYTES), 0);
        create("s/together-2", StreamConfig.of(JSON), 0);
        for (int i = 0; i < 8; i++) {
            put("links/" + (char) ('a' + i), object("title", "number " + i, "url", "https://example.org/" + i));
        }
        put("links/gone", object("title", "soon gone", "url", ""));
        put("kept", EntryValue.of("from the first checkpoint on"));
        for (int size : FILE_BYTES) {
            putFile("files/of-" + size, size);
        }
    }

    /** Some of everything, once more. */
    private void more(int round) {
        clock.advance(1_000);
        changeEntries(round);
        append("s/bytes", BYTES, 60 + round);
        append("s/json", "[" + round + ",[],{}]");
        produce("s/producers", "p", EPOCH, round - 1);
        produce("s/producers", "q", EPOCH, round - 1);
        for (int i = 0; i < 2; i++) {
            append("s/large", BYTES, LARGE_BYTES - 200);
        }
        append("s/ttl", BYTES, 10);
        for (int i = 0; i < 3; i++) {
            append("s/kept", BYTES, 30 + i);
        }
        together(round);
        engine.keepUp();
        switch (round) {
            case 1 -> {
                write(EntryOp.delete(EntryPath.of("files", "of-5")));
                delete("s/deleted");
                append("s/fork", BYTES, 15);
            }
            case 2 -> {
                delete("s/source");
                delete("s/again");
            }
            case 3 -> {
                create("s/again", StreamConfig.of(JSON), 0);
                append("s/again", "[\"again\"]");
            }
            default -> fork("s/fork-of-fork", Fork.atTailOf("s/fork"));
        }
    }

    /** What only the journal holds, over several segments. */
    private void sinceCheckpoint() {
        create("s/late", StreamConfig.of(BYTES), 100);
        produce("s/late", "p", EPOCH, 0);
        for (int round = 5; round <= 7; round++) {
            more(round == 7 ? 7 : round + 10, round);
        }
        engine.await(engine.storage().read(TOUCHED, Offset.BEGINNING, 100));
        engine.storage().runPending();
        append("s/fork-of-fork", BYTES, 33);
        did(engine.await(engine.storage().append(AppendRequest.closing("s/together-2"))));
    }

    private void more(int salt, int round) {
        clock.advance(1_000);
        changeEntries(salt);
        append("s/bytes", BYTES, 70 + salt);
        append("s/json", "[" + salt + ",\"" + "x".repeat(50) + "\"]");
        produce("s/producers", "p", EPOCH, round - 1);
        produce("s/producers", "q", EPOCH, round - 1);
        append("s/large", BYTES, LARGE_BYTES);
        append("s/kept", BYTES, 44);
        together(round);
        engine.keepUp();
    }

    /** Groups that the durable mark does not know of yet: of one frame and of several, of all kinds of effects. */
    private void pastMark() throws IOException, Contents.Wrong {
        append("s/bytes", BYTES, 81);
        note(KILLED);
        atOnce(List.of(request("s/bytes", 20), request("s/kept", 30), request("s/large", 700)));
        note(KILLED);
        produce("s/producers", "p", EPOCH, 7);
        note(KILLED);
        create("s/last", StreamConfig.of(BYTES), 60);
        note(KILLED);
        delete("s/expires");
        note(KILLED);
        atOnce(List.of(request("s/last", 600), request("s/bytes", 300), request("s/ttl", 40)));
        note(KILLED);
    }

    // ---- the operations

    /** Events of aggregates and of none, with tags, a snapshot and a checkpoint, and now and then what takes some away. */
    private void changeEvents(int round) {
        EventStorage events = engine.events();
        AggregateId changed = AGGREGATES.get(0);
        AggregateId bounded = AGGREGATES.get(1);
        AggregateId deleted = AGGREGATES.get(2);
        EventAppend.Builder append = EventAppend.builder()
                .event(changed, event(round, 0, "Changed"))
                .event(changed, event(round, 1, "Changed").withTags("round:" + round, "all"))
                .event(bounded, event(round, 2, "Measured").withTags("all"))
                .event(event(round, 3, "Noted").withTags("all"))
                .tracking("source", tracked++);
        if (round < 3) {
            append.event(deleted, event(round, 4, "Begun"));
        }
        if (!(engine.await(events.append(STORE, append.build(), true)) instanceof Appended appended)) {
            throw new IllegalStateException("events were refused");
        }
        Snapshot snapshot = new Snapshot(
                changed,
                appended.version(changed),
                "s",
                EventData.json("{\"round\":" + round + "}"),
                Map.of(),
                Instant.EPOCH);
        engine.await(events.saveSnapshot(STORE, snapshot, 2));
        engine.await(events.saveCheckpoint(STORE, "reader", appended.lastPosition()));
        switch (round) {
            case 2 -> {
                engine.await(events.redact(STORE, 1, EventData.json("\"redacted\"")));
                engine.await(events.configure(STORE, bounded, AggregateSettings.NONE.withMaxCount(3), null));
            }
            case 3 -> {
                engine.await(events.delete(STORE, deleted, ExpectedVersion.any(), AggregateDeletion.SOFT));
                engine.await(events.deleteEvents(STORE, List.of(3L)));
            }
            case 4 -> engine.await(events.scavenge(STORE));
            default -> {}
        }
    }

    private static NewEvent event(int round, int index, String type) {
        return NewEvent.json(type, "{\"round\":" + round + ",\"text\":\"" + "e".repeat(20 * round + index) + "\"}")
                .withId(new UUID(round, index))
                .withMetadata("correlation_id", "c" + round);
    }

    /** One of each kind of change. */
    private void changeEntries(int round) {
        changeEvents(round);
        write(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("counter"), EntryValue.of(round)));
        write(EntryOp.of(EntryOp.Kind.ADD, EntryPath.of("tags"), EntryValue.of("tag " + round)));
        write(
                EntryOp.of(EntryOp.Kind.MERGE, EntryPath.of("links", "a"), object("note", "note " + round, "n", "")),
                EntryOp.delete(EntryPath.of("links", round % 2 == 0 ? "gone" : "b")));
        put("links/c", object("title", "again " + round, "url", ""));
        put("large", EntryValue.of("large ".repeat(100 + round)));
    }

    private static EntryValue object(String first, String one, String second, String two) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put(first, EntryValue.of(one));
        fields.put(second, EntryValue.of(two));
        return new EntryValue.Fields(fields);
    }

    private void put(String path, EntryValue value) {
        write(EntryOp.set(EntryPath.parse(path), value));
    }

    private void write(EntryOp... ops) {
        EntryWrite write = new EntryWrite(STORE, List.of(ops), "device", "write", false, true);
        if (!(engine.await(engine.entries().write(write)) instanceof EntryWriteResult.Written)) {
            throw new IllegalStateException("a write of entries was refused");
        }
    }

    private static byte[] fileContent(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }

    private static String hash(byte[] content) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void putFile(String path, int size) {
        try (FileUpload upload = engine.entries().upload(STORE, Long.MAX_VALUE)) {
            engine.await(upload.append(ByteBuffer.wrap(fileContent(size))));
            FileReference file = engine.await(upload.finish("image/png", "file-" + size));
            write(EntryOp.of(EntryOp.Kind.PUT_FILE, EntryPath.parse(path), file.toValue()));
        }
    }

    private void create(String path, StreamConfig config, int bytes) {
        CreateRequest request = CreateRequest.of(path, config);
        did(engine.await(engine.storage().create(bytes == 0 ? request : request.withBody(bytes(bytes)))));
    }

    private void fork(String path, Fork from) {
        did(engine.await(engine.storage()
                .create(CreateRequest.of(path, StreamConfig.DEFAULT).withFork(from))));
    }

    private Offset append(String path, String contentType, int bytes) {
        return did(engine.await(engine.storage().append(AppendRequest.of(path, contentType, bytes(bytes)))));
    }

    private void append(String path, String json) {
        did(engine.await(engine.storage().append(AppendRequest.of(path, JSON, json.getBytes(UTF_8)))));
    }

    private AppendRequest request(String path, int bytes) {
        return AppendRequest.of(path, BYTES, bytes(bytes));
    }

    private void produce(String path, String id, long epoch, long sequence) {
        Producer producer = new Producer(id, epoch, sequence);
        did(engine.await(
                engine.storage().append(request(path, 24).withProducer(producer).withSequence("n" + sequences++))));
    }

    private void together(int round) {
        AppendRequest json = AppendRequest.of("s/together-2", JSON, ("[" + round + "]").getBytes(UTF_8));
        AppendAllResult result =
                engine.await(engine.storage().appendAll(List.of(request("s/together-1", 12 + round), json)));
        if (result instanceof AppendAllResult.RefusedAt refused) {
            throw new IllegalStateException("refused: " + refused);
        }
    }

    private void delete(String path) {
        if (engine.await(engine.storage().delete(path)) instanceof DeleteResult.Deleted) {
            return;
        }
        throw new IllegalStateException(path + " was not deleted");
    }

    /** Several commands as one group. */
    private void atOnce(List<AppendRequest> requests) {
        List<CompletableFuture<AppendResult>> answers = new ArrayList<>();
        for (AppendRequest request : requests) {
            answers.add(engine.storage().append(request));
        }
        answers.forEach(answer -> did(engine.await(answer)));
    }

    private static Offset did(AppendResult result) {
        if (result instanceof AppendResult.Appended appended) {
            return appended.next();
        }
        throw new IllegalStateException("not appended: " + result);
    }

    private static void did(CreateResult result) {
        if (result instanceof Refusal refusal) {
            throw new IllegalStateException("not created: " + refusal);
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    // ---- what is written down

    private Contents contents() throws Contents.Wrong {
        return Contents.of(engine.storage(), engine.entries(), engine.events(), new Contents.Await() {
            @Override
            public <T> T of(CompletableFuture<T> future) {
                return engine.await(future);
            }
        });
    }

    /** Notes what the store holds now and where its journal ends. */
    private void note(String name) throws IOException, Contents.Wrong {
        contents().save(root.resolve(name + "-" + moments.size() + ".contents"));
        moments.add(Long.toString(engine.end()));
    }

    /** Keeps the files as they are now: what a {@code kill -9} would leave. */
    private void save(String name) throws IOException {
        Image.load(directory).write(root.resolve(name), null);
    }
}
