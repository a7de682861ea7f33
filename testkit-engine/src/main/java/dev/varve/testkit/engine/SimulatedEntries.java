package dev.varve.testkit.engine;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventPage;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One who writes entries in a simulation and compares what is there with what was acknowledged. The changes of a store are
 * its truth: each acknowledged write is among them where it was said to be, whole; whatever else is there was under way when
 * the power was cut; and the entries, now and at any earlier moment, are what the changes make of them when they are gone
 * through by plain code. Files that entries refer to are there whole, and so is every copy of the store that was
 * acknowledged; one that was not is there whole or not at all. Confined to one thread.
 */
final class SimulatedEntries {

    private static final String STORE = "sim/entries";
    private static final String COPY = "sim/copy-";
    private static final int MAX_COPIES = 6;
    private static final int MAX_OPS = 4;
    private static final int SMALL_FILE_BYTES = 300;
    private static final int LARGE_FILE_BYTES = 70_000;
    private static final List<String> PATHS = List.of("a", "a/b", "a/b/c", "a/c", "a-b", "a/b-x", "n", "s/t", "s");

    /** Waits for an answer. */
    interface Await {
        <T> T of(CompletableFuture<T> future);
    }

    /** A write that was made. */
    private record Write(int ops, String id) {}

    /** An entry as plain code sees it. */
    private record Seen(EntryValue value, long revision) {}

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final Consumer<String> notes;

    /** Acknowledged: the first sequence number of each write. */
    private final Map<String, Long> acknowledged = new HashMap<>();

    private final Map<String, Integer> opsOf = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();
    private final Set<String> unknown = new HashSet<>();
    private final Set<String> refused = new HashSet<>();

    /** What files hold, by their hashes. */
    private final Map<String, byte[]> contents = new HashMap<>();

    /** Copies that were acknowledged or seen. */
    private final Set<String> made = new HashSet<>();

    private int copies;
    private long writes;
    private @Nullable AssertionError wrong;

    SimulatedEntries(SplittableRandom random, SimulationCounts counts, Consumer<String> notes) {
        this.random = random;
        this.counts = counts;
        this.notes = notes;
    }

    /** Makes a random write. */
    void write(EntryStorage storage, SimulatedUsers.Excuses excuses) {
        List<EntryOp> ops = new ArrayList<>();
        for (int i = 1 + (random.nextBoolean() ? 0 : random.nextInt(MAX_OPS)); i > 0; i--) {
            ops.add(op());
        }
        boolean file = random.nextInt(8) == 0;
        Write write = new Write(file ? 1 : ops.size(), "w" + writes++);
        opsOf.put(write.id, write.ops);
        underWay.add(write.id);
        notes.accept("entries " + write.id + " " + (file ? "a file" : ops.toString()));
        CompletableFuture<EntryWriteResult> answer = file ? putFile(storage, write) : written(storage, ops, write);
        CompletableFuture<?> _ = answer.whenComplete((result, failure) -> answered(write, result, failure, excuses));
    }

    private static CompletableFuture<EntryWriteResult> written(EntryStorage storage, List<EntryOp> ops, Write write) {
        return storage.write(new EntryWrite(STORE, ops, "sim", write.id, false, true));
    }

    private CompletableFuture<EntryWriteResult> putFile(EntryStorage storage, Write write) {
        byte[] content = new byte[random.nextInt(10) == 0 ? LARGE_FILE_BYTES : random.nextInt(SMALL_FILE_BYTES)];
        random.nextBytes(content);
        EntryPath path = EntryPath.parse(PATHS.get(random.nextInt(PATHS.size())));
        FileUpload upload = storage.upload(STORE, Long.MAX_VALUE);
        return upload.append(ByteBuffer.wrap(content))
                .thenCompose(size -> upload.finish(null, null))
                .thenCompose(reference -> {
                    contents.put(reference.hash(), content);
                    EntryOp op = EntryOp.of(EntryOp.Kind.PUT_FILE, path, reference.toValue());
                    return written(storage, List.of(op), write);
                })
                .whenComplete((result, failure) -> {
                    upload.close();
                    if (result instanceof EntryWriteResult.Written) {
                        counts.add(SimulationCounts.Event.FILE_STORED);
                    }
                });
    }

    /** Begins a copy of the store. It is made by a checkpoint, so nobody waits for it. */
    void copy(EntryStorage storage) {
        if (storage.store(STORE).isEmpty() || copies == MAX_COPIES) {
            return;
        }
        String name = COPY + copies++;
        notes.accept("entries copied to " + name);
        CompletableFuture<?> _ = storage.cloneStore(STORE, name).whenComplete((store, failure) -> {
            if (failure == null) {
                notes.accept("  the copy " + name + " is there");
                made.add(name);
                counts.add(SimulationCounts.Event.STORE_COPIED);
            }
        });
    }

    private EntryOp op() {
        EntryPath path = EntryPath.parse(PATHS.get(random.nextInt(PATHS.size())));
        EntryValue value = EntryValue.of(writes);
        return switch (random.nextInt(8)) {
            case 0, 1 -> EntryOp.delete(path);
            case 2 -> EntryOp.set(path, new EntryValue.Fields(Map.of("b", value, "q", value)));
            case 3 -> EntryOp.of(EntryOp.Kind.MERGE, path, new EntryValue.Fields(Map.of("c", value)));
            case 4 -> EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("n"), EntryValue.of(1));
            case 5 -> EntryOp.set(path, value).ifMatch(1 + random.nextInt(30));
            case 6 -> EntryOp.set(path, value).onlyIfNone();
            default -> EntryOp.set(path, value);
        };
    }

    private void answered(
            Write write,
            @Nullable EntryWriteResult result,
            @Nullable Throwable failure,
            SimulatedUsers.Excuses excuses) {
        underWay.remove(write.id);
        switch (result) {
            case EntryWriteResult.Written written -> acknowledged.put(write.id, written.storeSeq() - write.ops + 1);
            case EntryWriteResult.Refused _ -> refused.add(write.id);
            case null -> {
                VarveException cause = StreamWords.failure(
                        failure == null ? new IllegalStateException("neither answered nor failed") : failure);
                notes.accept("  entries " + write.id + " = " + cause.kind());
                (cause.kind() == ErrorKind.OUTCOME_UNKNOWN ? unknown : refused).add(write.id);
                if (!excuses.faulty && wrong == null) {
                    wrong = new AssertionError("a write of entries failed without a reason", cause);
                }
            }
        }
    }

    /** The process is gone: what was under way may have been kept. */
    void crashed() {
        unknown.addAll(underWay);
        underWay.clear();
    }

    /** Everything that can happen has happened. */
    void settle() {
        AssertionError found = wrong;
        if (found != null) {
            throw found;
        }
        if (!underWay.isEmpty()) {
            throw new AssertionError("writes of entries were not answered: " + underWay);
        }
    }

    /** Compares all that is there with what was acknowledged. */
    void compare(EntryStorage storage, Await await) {
        if (storage.store(STORE).isEmpty()) {
            if (!acknowledged.isEmpty()) {
                throw new AssertionError("the store of entries is gone");
            }
            return;
        }
        List<EntryEvent> events = events(storage, await, STORE);
        compareWrites(events);
        compareEntries(storage, await, STORE, events, events.size());
        if (!events.isEmpty()) {
            compareEntries(storage, await, STORE, events, random.nextInt(events.size() + 1));
        }
        compareFiles(storage, await, events);
        compareCopies(storage, await, events);
        // What is there now is what was kept: the rest never will be.
        unknown.clear();
    }

    /** Every file that an entry refers to is there whole. */
    private void compareFiles(EntryStorage storage, Await await, List<EntryEvent> events) {
        Map<EntryPath, Seen> now = new TreeMap<>();
        events.forEach(event -> apply(now, event));
        now.forEach((path, seen) -> {
            FileReference reference = FileReference.of(seen.value());
            if (reference == null) {
                return;
            }
            byte[] expected = contents.get(reference.hash());
            ByteBuffer found = ByteBuffer.allocate(Math.toIntExact(reference.size()));
            try (FileContent content = await.of(storage.file(reference.hash(), store -> true))) {
                while (found.hasRemaining()) {
                    found.put(await.of(content.read(found.position(), LARGE_FILE_BYTES)));
                }
            }
            if (!Arrays.equals(found.array(), expected)) {
                throw new AssertionError("the file at " + path + " has other bytes");
            }
        });
    }

    /** Every copy that was acknowledged is there, and each that is there is whole. */
    private void compareCopies(EntryStorage storage, Await await, List<EntryEvent> events) {
        Set<String> missing = new HashSet<>(made);
        for (StoreInfo copy : storage.stores(null)) {
            missing.remove(copy.name());
            if (!copy.name().startsWith(COPY)) {
                continue;
            }
            if (made.add(copy.name())) {
                counts.add(SimulationCounts.Event.UNKNOWN_COPY_FOUND);
            }
            int size = Math.toIntExact(copy.storeSeq());
            List<EntryEvent> kept = events(storage, await, copy.name());
            if (!kept.equals(events.subList(0, size))) {
                throw new AssertionError(
                        "the changes of " + copy.name() + " are not those of its source up to " + size);
            }
            compareEntries(storage, await, copy.name(), kept, size);
            compareEntries(storage, await, copy.name(), kept, random.nextInt(size + 1));
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("copies are gone: " + missing);
        }
    }

    private static List<EntryEvent> events(EntryStorage storage, Await await, String store) {
        List<EntryEvent> events = new ArrayList<>();
        while (true) {
            EventPage page = await.of(storage.events(store, events.size(), 1_000));
            events.addAll(page.events());
            if (events.size() == page.storeSeq()) {
                return events;
            }
        }
    }

    /** Every acknowledged write is there, whole and in its place, and nothing else but what was under way. */
    private void compareWrites(List<EntryEvent> events) {
        Map<String, List<Long>> found = new HashMap<>();
        for (int i = 0; i < events.size(); i++) {
            EntryEvent event = events.get(i);
            if (event.storeSeq() != i + 1) {
                throw new AssertionError(
                        "change " + event.storeSeq() + " of entries stands where " + (i + 1) + " should");
            }
            String id = event.clientOpId().split(":", 2)[0];
            found.computeIfAbsent(id, key -> new ArrayList<>()).add(event.storeSeq());
        }
        acknowledged.forEach((id, first) -> {
            List<Long> seqs = found.get(id);
            if (seqs == null || seqs.getFirst() != first.longValue()) {
                throw new AssertionError(
                        "the acknowledged write " + id + " of entries should be change " + first + ", is " + seqs);
            }
        });
        found.forEach((id, seqs) -> {
            boolean whole =
                    seqs.size() == opsOf.getOrDefault(id, 0) && seqs.getLast() - seqs.getFirst() == seqs.size() - 1;
            if (!whole) {
                throw new AssertionError("the write " + id + " of entries is torn: " + seqs);
            }
            if (!acknowledged.containsKey(id)) {
                if (!unknown.contains(id)) {
                    throw new AssertionError("the write " + id + " of entries was refused, or lost once, and is there");
                }
                acknowledged.put(id, seqs.getFirst());
            }
        });
    }

    private static void compareEntries(
            EntryStorage storage, Await await, String store, List<EntryEvent> events, int atSeq) {
        Map<EntryPath, Seen> expected = new TreeMap<>();
        events.subList(0, atSeq).forEach(event -> apply(expected, event));
        EntryQuery all = EntryQuery.matching(store, EntryPattern.ALL);
        Map<EntryPath, Seen> then = seen(await.of(storage.listAt(all, atSeq)).entries());
        if (!then.equals(expected)) {
            throw new AssertionError("entries right after change " + atSeq + " are " + then + ", not " + expected);
        }
        if (atSeq == events.size()) {
            Map<EntryPath, Seen> now = seen(await.of(storage.list(all)).entries());
            if (!now.equals(expected)) {
                throw new AssertionError("entries are " + now + ", not " + expected);
            }
            long counted = storage.store(store).orElseThrow().entryCount();
            if (counted != expected.size()) {
                throw new AssertionError("the store " + store + " says that it holds " + counted
                        + " entries, but there are " + expected.size());
            }
        }
    }

    private static Map<EntryPath, Seen> seen(List<Entry> entries) {
        Map<EntryPath, Seen> seen = new TreeMap<>();
        entries.forEach(entry -> seen.put(entry.path(), new Seen(entry.value(), entry.revision())));
        return seen;
    }

    /** What a change makes of the entries. */
    private static void apply(Map<EntryPath, Seen> entries, EntryEvent event) {
        EntryPath path = event.path();
        EntryValue value = event.value();
        switch (event.kind()) {
            case SET, PUT_FILE -> {
                clear(entries, path);
                put(entries, path, value, event.storeSeq());
            }
            case DELETE -> clear(entries, path);
            case MERGE ->
                ((EntryValue.Fields) java.util.Objects.requireNonNull(value))
                        .fields()
                        .forEach((name, field) -> put(entries, path.child(name), field, event.storeSeq()));
            case INCREMENT -> put(entries, path, value, event.storeSeq());
            default -> throw new AssertionError("nobody made a change such as " + event);
        }
    }

    private static void clear(Map<EntryPath, Seen> entries, EntryPath path) {
        entries.keySet().removeIf(other -> other.equals(path) || path.isAncestorOf(other));
    }

    private static void put(Map<EntryPath, Seen> entries, EntryPath path, @Nullable EntryValue value, long storeSeq) {
        if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields) && !value.isWhole()) {
            fields.forEach((name, field) -> put(entries, path.child(name), field, storeSeq));
        } else if (value != null) {
            entries.put(path, new Seen(value, storeSeq));
        }
    }
}
