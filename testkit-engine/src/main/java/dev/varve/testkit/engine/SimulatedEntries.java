package dev.varve.testkit.engine;

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
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One who writes entries in a simulation and compares what is there with what was acknowledged. The changes of a store are
 * its truth: each acknowledged write is among them where it was said to be, whole; whatever else is there was under way when
 * the power was cut; and the entries, now and at any earlier moment, are what the changes make of them when they are gone
 * through by plain code, as far back as history is kept. What was set for some time goes when its time is over, not before.
 * Files that entries refer to, or did at a moment of which history is kept, are there whole, and so is every copy of the
 * store that was acknowledged; one that was not is there whole or not at all. Confined to one thread.
 */
final class SimulatedEntries {

    private static final String STORE = "sim/entries";
    private static final String COPY = "sim/copy-";
    private static final int MAX_COPIES = 6;
    private static final int MAX_OPS = 4;
    private static final int SMALL_FILE_BYTES = 300;
    private static final int LARGE_FILE_BYTES = 70_000;
    private static final long[] TIMES_TO_LIVE = {1, 1_000, 60_000, 3_600_000};
    private static final List<String> PATHS = List.of("a", "a/b", "a/b/c", "a/c", "a-b", "a/b-x", "n", "s/t", "s");

    /** Waits for an answer. */
    interface Await {
        <T> T of(CompletableFuture<T> future);
    }

    /** A write that was made: when, and how long what each change of it sets is to stay, 0 for ever. */
    private record Write(String id, long millis, List<Long> timesToLive) {}

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final Consumer<String> notes;
    private final LongSupplier engineMillis;

    /** Acknowledged: the first sequence number of each write. */
    private final Map<String, Long> acknowledged = new HashMap<>();

    private final Map<String, Write> byId = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();
    private final Set<String> unknown = new HashSet<>();
    private final Set<String> refused = new HashSet<>();

    /** Writes that may have found that nothing was to be changed. */
    private final Set<String> needless = new HashSet<>();

    /** What files hold, by their hashes. */
    private final Map<String, byte[]> contents = new HashMap<>();

    private final SimulatedHistory history;
    private final SimulatedLooks looks;

    /** Copies that were acknowledged. */
    private final Set<String> made = new HashSet<>();

    /** Copies that were seen. */
    private final Map<String, SimulatedHistory> copyHistories = new TreeMap<>();

    private int copies;
    private long writes;
    private @Nullable AssertionError wrong;

    SimulatedEntries(
            SplittableRandom random, SimulationCounts counts, Consumer<String> notes, LongSupplier engineMillis) {
        this.random = random;
        this.counts = counts;
        this.notes = notes;
        this.engineMillis = engineMillis;
        this.history = new SimulatedHistory(STORE, counts);
        this.looks = new SimulatedLooks(
                random.split(),
                counts,
                notes,
                PATHS.stream().map(EntryPath::parse).toList());
    }

    /** Makes a random write. */
    void write(EntryStorage storage, SimulatedUsers.Excuses excuses) {
        List<EntryOp> ops = new ArrayList<>();
        if (random.nextInt(10) == 0) {
            // By itself: one that finds nothing to release changes nothing.
            ofLease().ifPresent(ops::add);
        }
        boolean ofLease = !ops.isEmpty();
        for (int i = ofLease ? 0 : 1 + (random.nextBoolean() ? 0 : random.nextInt(MAX_OPS)); i > 0; i--) {
            ops.add(op());
        }
        boolean file = !ofLease && random.nextInt(8) == 0;
        Write write = new Write("w" + writes++, engineMillis.getAsLong(), file ? List.of(0L) : timesToLive(ops));
        byId.put(write.id, write);
        underWay.add(write.id);
        if (ofLease) {
            needless.add(write.id);
        }
        notes.accept("entries " + write.id + " " + (file ? "a file" : ops.toString()));
        CompletableFuture<EntryWriteResult> answer = file ? putFile(storage, write) : written(storage, ops, write);
        CompletableFuture<?> _ = answer.whenComplete((result, failure) -> answered(write, result, failure, excuses));
    }

    private static List<Long> timesToLive(List<EntryOp> ops) {
        return ops.stream()
                .map(op -> op.ttlMillis() == null ? 0L : op.ttlMillis())
                .toList();
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

    /** Reads something. */
    void look(EntryStorage storage) {
        List<String> copied = List.copyOf(copyHistories.keySet());
        boolean copy = !copied.isEmpty() && random.nextInt(4) == 0;
        looks.look(storage, copy ? copied.get(random.nextInt(copied.size())) : STORE);
    }

    private EntryOp op() {
        EntryPath path = EntryPath.parse(PATHS.get(random.nextInt(PATHS.size())));
        EntryValue value = EntryValue.of(writes);
        return switch (random.nextInt(12)) {
            case 0, 1 -> EntryOp.delete(path);
            case 2 -> EntryOp.set(path, new EntryValue.Fields(Map.of("b", value, "q", value)));
            case 3 -> EntryOp.of(EntryOp.Kind.MERGE, path, new EntryValue.Fields(Map.of("c", value)));
            case 4 -> EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("n"), EntryValue.of(1));
            case 5 -> EntryOp.set(path, value).ifMatch(1 + random.nextInt(30));
            case 6 -> EntryOp.set(path, value).onlyIfNone();
            case 7 -> EntryOp.set(path, value).expiringAfter(timeToLive());
            case 8 ->
                EntryOp.set(path, new EntryValue.Fields(Map.of("b", value, "q", value)))
                        .expiringAfter(timeToLive());
            case 9 -> member(random.nextInt(3) > 0 ? EntryOp.Kind.ADD : EntryOp.Kind.REMOVE, path);
            case 10 -> EntryOp.lease(EntryOp.Kind.LEASE, path, new EntryOp.LeaseTerms(timeToLive(), "sim", null));
            default -> EntryOp.set(path, value);
        };
    }

    private EntryOp member(EntryOp.Kind kind, EntryPath path) {
        return EntryOp.of(kind, path, EntryValue.of(random.nextInt(3)));
    }

    /** Renews or releases a lease that was seen, if there is one; it may be over, or the entry gone. */
    private Optional<EntryOp> ofLease() {
        List<EntryEvent> leases = history.events().stream()
                .filter(event -> event.kind() == EntryOp.Kind.LEASE)
                .toList();
        if (leases.isEmpty()) {
            return Optional.empty();
        }
        EntryEvent lease = leases.get(leases.size() - 1 - random.nextInt(Math.min(3, leases.size())));
        boolean renews = random.nextInt(3) == 0;
        return Optional.of(EntryOp.lease(
                renews ? EntryOp.Kind.RENEW : EntryOp.Kind.RELEASE,
                lease.path(),
                new EntryOp.LeaseTerms(renews ? timeToLive() : 0, null, lease.storeSeq())));
    }

    private long timeToLive() {
        return TIMES_TO_LIVE[random.nextInt(TIMES_TO_LIVE.length)];
    }

    private void answered(
            Write write,
            @Nullable EntryWriteResult result,
            @Nullable Throwable failure,
            SimulatedUsers.Excuses excuses) {
        underWay.remove(write.id);
        switch (result) {
            case EntryWriteResult.Written written -> {
                if (needless.contains(write.id)) {
                    unknown.add(write.id);
                } else {
                    acknowledged.put(write.id, written.storeSeq() - write.timesToLive.size() + 1);
                }
            }
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
        looks.crashed();
    }

    /** Everything that can happen has happened. */
    void settle(SimulatedUsers.Excuses excuses) {
        AssertionError found = wrong;
        if (found != null) {
            throw found;
        }
        if (!underWay.isEmpty()) {
            throw new AssertionError("writes of entries were not answered: " + underWay);
        }
        looks.settle(excuses);
    }

    /** Sees all changes that are there, before history may be let go of. */
    void learn(EntryStorage storage, Await await) {
        if (storage.store(STORE).isEmpty()) {
            if (!acknowledged.isEmpty()) {
                throw new AssertionError("the store of entries is gone");
            }
            return;
        }
        history.learn(storage, await);
        Set<String> missing = new HashSet<>(made);
        missing.addAll(copyHistories.keySet());
        for (StoreInfo copy : storage.stores(null)) {
            missing.remove(copy.name());
            if (!copy.name().startsWith(COPY)) {
                continue;
            }
            SimulatedHistory known = copyHistories.get(copy.name());
            if (known != null) {
                known.learn(storage, await);
                continue;
            }
            copyHistories.put(copy.name(), history.copy(copy, storage, await));
            if (!made.contains(copy.name())) {
                counts.add(SimulationCounts.Event.UNKNOWN_COPY_FOUND);
            }
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("copies are gone: " + missing);
        }
    }

    /** After upkeep nothing is left of which the time is over, but in copies that have come meanwhile. */
    void requireNothingOverdue(EntryStorage storage, Await await, LongPredicate hasPassed) {
        Set<String> stores = new HashSet<>(copyHistories.keySet());
        stores.add(STORE);
        learn(storage, await);
        forEachStore((store, known) -> {
            List<EntryPath> overdue = tree(known.events()).overdue(hasPassed);
            if (stores.contains(store) && !overdue.isEmpty()) {
                throw new AssertionError("overdue in " + store + ": " + overdue);
            }
        });
    }

    private void forEachStore(BiConsumer<String, SimulatedHistory> action) {
        if (!history.events().isEmpty()) {
            action.accept(STORE, history);
        }
        copyHistories.forEach(action);
    }

    /** Compares all that is there with what was acknowledged. */
    void compare(EntryStorage storage, Await await) {
        learn(storage, await);
        compareWrites();
        forEachStore((store, known) -> {
            int size = known.events().size();
            int kept = known.compactedSeq();
            compareEntries(storage, await, store, known.events(), size);
            compareEntries(storage, await, store, known.events(), kept + random.nextInt(size - kept + 1));
            compareFiles(storage, await, known);
            looks.compare(store, known.events(), seq -> tree(known.events().subList(0, Math.toIntExact(seq))));
        });
        // What is there now is what was kept: the rest never will be.
        unknown.clear();
    }

    private SimulatedTree tree(List<EntryEvent> events) {
        return SimulatedTree.of(events, this::deadline);
    }

    private long deadline(EntryEvent event) {
        Write write = byId.get(idOf(event));
        Long first = acknowledged.get(idOf(event));
        if (write == null || first == null) {
            return SimulatedTree.NEVER;
        }
        long timeToLive = write.timesToLive.get(Math.toIntExact(event.storeSeq() - first));
        return timeToLive == 0 ? SimulatedTree.NEVER : write.millis + timeToLive;
    }

    private static String idOf(EntryEvent event) {
        return event.clientOpId().split(":", 2)[0];
    }

    /** Every file that an entry refers to, or did at a moment of which history is kept, is there whole. */
    private void compareFiles(EntryStorage storage, Await await, SimulatedHistory known) {
        List<EntryEvent> gone = known.events().subList(0, known.compactedSeq());
        Set<FileReference> references = new HashSet<>();
        Stream.concat(
                        tree(gone).values().stream(),
                        known.events().subList(gone.size(), known.events().size()).stream()
                                .map(EntryEvent::value))
                .forEach(value -> {
                    FileReference reference = value == null ? null : FileReference.of(value);
                    if (reference != null) {
                        references.add(reference);
                    }
                });
        for (FileReference reference : references) {
            byte[] expected = contents.get(reference.hash());
            ByteBuffer found = ByteBuffer.allocate(Math.toIntExact(reference.size()));
            try (FileContent content = await.of(storage.file(reference.hash(), store -> true))) {
                while (found.hasRemaining()) {
                    found.put(await.of(content.read(found.position(), LARGE_FILE_BYTES)));
                }
            }
            if (!Arrays.equals(found.array(), expected)) {
                throw new AssertionError("the file " + reference + " has other bytes");
            }
        }
    }

    /** Every acknowledged write is there, whole and in its place, and nothing else but what was under way or has expired. */
    private void compareWrites() {
        Map<String, List<Long>> found = new HashMap<>();
        for (EntryEvent event : history.events()) {
            if (!event.deviceId().equals(EntryOp.EXPIRY_DEVICE)) {
                found.computeIfAbsent(idOf(event), key -> new ArrayList<>()).add(event.storeSeq());
            }
        }
        acknowledged.forEach((id, first) -> {
            List<Long> seqs = found.get(id);
            if (seqs == null || seqs.getFirst() != first.longValue()) {
                throw new AssertionError(
                        "the acknowledged write " + id + " of entries should be change " + first + ", is " + seqs);
            }
        });
        found.forEach((id, seqs) -> {
            Write write = byId.get(id);
            boolean whole = write != null
                    && seqs.size() == write.timesToLive.size()
                    && seqs.getLast() - seqs.getFirst() == seqs.size() - 1;
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

    private void compareEntries(EntryStorage storage, Await await, String store, List<EntryEvent> events, int atSeq) {
        SimulatedTree expected = tree(events.subList(0, atSeq));
        EntryQuery all = EntryQuery.matching(store, EntryPattern.ALL);
        expected.compare(
                "of " + store + " right after change " + atSeq,
                await.of(storage.listAt(all, atSeq)).entries());
        if (atSeq == events.size()) {
            expected.compare("of " + store, await.of(storage.list(all)).entries());
            long counted = storage.store(store).orElseThrow().entryCount();
            if (counted != expected.size()) {
                throw new AssertionError("the store " + store + " says that it holds " + counted
                        + " entries, but there are " + expected.size());
            }
        }
    }
}
