package dev.varve.api;

import dev.varve.api.spi.EntryPages;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@link Entries} over a storage: waits for its futures and throws its refusals. Thread-safe. */
final class StorageEntries implements Entries {

    private static final int PAGE_ENTRIES = 500;

    private final EntryStorage storage;
    private final String store;
    private final String deviceId = "java:" + UUID.randomUUID();

    StorageEntries(EntryStorage storage, String store) {
        this.storage = storage;
        this.store = store;
    }

    private static <T> T await(CompletableFuture<T> future) {
        return StorageStreams.await(future);
    }

    @Override
    public EntryWriteResult write(List<EntryOp> ops) {
        return await(storage.write(
                new EntryWrite(store, ops, deviceId, UUID.randomUUID().toString(), false, true)));
    }

    @Override
    public Entry putFile(EntryPath path, InputStream content, @Nullable String contentType, @Nullable String filename)
            throws IOException {
        try (FileUpload upload = storage.upload(store, Long.MAX_VALUE)) {
            FileReference reference = FileStreams.store(upload, content, contentType, filename);
            EntryValue value = reference.toValue();
            long revision =
                    write(EntryOp.of(EntryOp.Kind.PUT_FILE, path, value)).storeSeq();
            return new Entry(path, value, EntryType.FILE, revision);
        }
    }

    @Override
    public Optional<InputStream> openFile(EntryPath path) {
        FileReference reference =
                get(path).map(entry -> FileReference.of(entry.value())).orElse(null);
        if (reference == null) {
            return Optional.empty();
        }
        return Optional.of(new FileStreams.Reading(
                await(storage.file(reference.hash(), info -> info.name().equals(store)))));
    }

    @Override
    public Optional<Entry> get(EntryPath path) {
        return ifThere(Optional.<Entry>empty(), () -> storage.get(store, path));
    }

    @Override
    public Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        Map<EntryPath, Entry> found = new LinkedHashMap<>();
        for (Entry entry : ifThere(List.<Entry>of(), () -> storage.getMany(store, List.copyOf(paths)))) {
            found.put(entry.path(), entry);
        }
        return found;
    }

    @Override
    public EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        EntryQuery query = EntryQuery.matching(store, pattern).withAfter(after).withLimit(limit);
        return ifThere(new EntryPage(List.of(), null, 0), () -> storage.list(query));
    }

    /** A store that does not exist yet is empty. */
    private <T> T ifThere(T otherwise, java.util.function.Supplier<CompletableFuture<T>> read) {
        return storage.store(store).isPresent() ? await(read.get()) : otherwise;
    }

    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        return EntryPages.stream(after -> page(pattern, after, PAGE_ENTRIES));
    }

    @Override
    public Stream<Entry> range(EntryPath from, EntryPath to) {
        return EntryPages.stream(after -> {
            EntryQuery query = new EntryQuery(store, EntryPattern.ALL, from, to, after, false, PAGE_ENTRIES);
            return ifThere(new EntryPage(List.of(), null, 0), () -> storage.list(query));
        });
    }

    // ---- history

    @Override
    public Optional<Entry> getAt(EntryPath path, long storeSeq) {
        return await(storage.getAt(store, path, storeSeq));
    }

    @Override
    public Stream<Entry> listAt(EntryPattern pattern, long storeSeq) {
        EntryQuery query = EntryQuery.matching(store, pattern).withLimit(PAGE_ENTRIES);
        return EntryPages.stream(after -> await(storage.listAt(query.withAfter(after), storeSeq)));
    }

    @Override
    public EntryEventPage events(long after, int limit) {
        return await(storage.events(store, after, limit));
    }

    @Override
    public List<EntryDifference> diff(long fromSeq, long toSeq) {
        return await(storage.diff(store, fromSeq, toSeq));
    }

    @Override
    public RollbackResult rollback(EntryPath path, long toSeq) {
        return await(storage.rollback(store, path, toSeq, deviceId));
    }

    @Override
    public RollbackResult rollback(long toSeq) {
        return await(storage.rollback(store, null, toSeq, deviceId));
    }

    // ---- changes as they come

    @Override
    public Subscription followWrites(
            EntryPattern pattern,
            long after,
            Consumer<? super List<EntryEvent>> listener,
            Consumer<VarveException> ended) {
        EntryFollower follower = new EntryFollower(
                storage,
                store,
                after,
                events -> {
                    List<EntryEvent> concerning = events.stream()
                            .filter(event -> pattern.concerns(event.path()))
                            .toList();
                    if (!concerning.isEmpty()) {
                        listener.accept(concerning);
                    }
                },
                ended);
        follower.start();
        return follower;
    }
}
