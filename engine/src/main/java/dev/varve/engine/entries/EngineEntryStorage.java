package dev.varve.engine.entries;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import dev.varve.engine.shard.FacePart;
import dev.varve.engine.spi.InlineCommits;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The engine's entries as a storage: turns requests into commands and answers reads. Stores of users are reached by one object,
 * those that keep the server's own records by another, {@link #reserved}; to each the stores of the other do not exist.
 * Thread-safe.
 */
public final class EngineEntryStorage implements EntryStorage, InlineCommits {

    /** The longest name of a device and of a write, in characters, inclusive. */
    private static final int MAX_NAME_LENGTH = 1_000;

    private final Supplier<UUID> freshIds = this::freshId;
    private final EntriesFace face;
    private final EntryReader reader;
    private final HistoryReader history;
    private final RandomGenerator random;
    private final StoreNames names;

    /**
     * Creates the storage.
     *
     * @param face the face, attached to its shard
     * @param random makes the ids of stores; thread-safe
     */
    public EngineEntryStorage(EntriesFace face, RandomGenerator random) {
        this(face, random, StoreNames.OF_USERS);
    }

    private EngineEntryStorage(EntriesFace face, RandomGenerator random, StoreNames names) {
        this.face = face;
        this.reader = new EntryReader(face);
        this.history = new HistoryReader(reader, face.state());
        this.random = random;
        this.names = names;
    }

    /**
     * The stores that no user can name, for records that a server keeps about itself: {@code __varve/} and a name. They are
     * stores like others in everything else.
     *
     * @return a storage of these stores alone
     */
    public EngineEntryStorage reserved() {
        return new EngineEntryStorage(face, random, StoreNames.RESERVED);
    }

    /** All stores, for what is done to each. */
    EngineEntryStorage unrestricted() {
        return new EngineEntryStorage(face, random, StoreNames.ALL);
    }

    private @Nullable StoreState find(String name) {
        face.sequencer().awaitWhole();
        return names.reaches(name) ? face.stores.get(name) : null;
    }

    @Override
    public void runPending() {
        face.sequencer().runPending();
    }

    @Override
    public boolean isStalled() {
        return face.sequencer().isStalled();
    }

    // ---- stores

    @Override
    public CompletableFuture<StoreInfo> createStore(String name) {
        VarveException invalid = invalidName(name);
        return invalid != null
                ? CompletableFuture.failedFuture(invalid)
                : submit(new StoreCommand(face, name, StoreCommand.Action.CREATE, freshId()));
    }

    private @Nullable VarveException invalidName(String name) {
        return names.allows(name)
                ? null
                : new VarveException(
                        ErrorKind.INVALID_PARAMS,
                        "a store is called organisation/name: lower case letters, digits and hyphens, in the name also"
                                + " dots and underscores, the first a letter or digit");
    }

    private UUID freshId() {
        return Stores.freshId(random);
    }

    @Override
    public CompletableFuture<StoreInfo> cloneStore(String name, String newName) {
        if (!names.reaches(name)) {
            return notFound(name);
        }
        VarveException invalid = invalidName(newName);
        if (invalid == null && !EntryFiles.organisation(name).equals(EntryFiles.organisation(newName))) {
            invalid = new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "a store is cloned within its organisation, " + newName + " is of another");
        }
        return invalid != null
                ? CompletableFuture.failedFuture(invalid)
                : submit(new CloneCommand(face, name, newName, freshId())).thenCompose(StoreClone::whole);
    }

    @Override
    public CompletableFuture<StoreInfo> archiveStore(String name) {
        return names.reaches(name)
                ? submit(new StoreCommand(face, name, StoreCommand.Action.ARCHIVE, freshId()))
                : notFound(name);
    }

    @Override
    public CompletableFuture<StoreInfo> deleteStore(String name) {
        return names.reaches(name)
                ? submit(new StoreCommand(face, name, StoreCommand.Action.DELETE, freshId()))
                : notFound(name);
    }

    private <R> CompletableFuture<R> submit(EntryCommand<R> command) {
        face.sequencer().submit(command);
        return command.future;
    }

    @Override
    public Optional<StoreInfo> store(String name) {
        return Optional.ofNullable(find(name)).map(StoreState::info);
    }

    @Override
    public Optional<StoreInfo> store(UUID id) {
        face.sequencer().awaitWhole();
        return Optional.ofNullable(face.storesById.get(id))
                .filter(store -> names.reaches(store.name))
                .map(StoreState::info);
    }

    @Override
    public List<StoreInfo> stores(@Nullable String organisation) {
        face.sequencer().awaitWhole();
        var chosen = organisation == null
                ? face.stores
                : face.stores.subMap(organisation + "/", organisation + (char) ('/' + 1));
        return chosen.values().stream()
                .filter(store -> names.reaches(store.name))
                .map(StoreState::info)
                .toList();
    }

    @Override
    public CompletableFuture<Long> sizeBytes(String name) {
        StoreState state = find(name);
        return state == null ? notFound(name) : face.disk().forCaller(() -> reader.sizeBytes(state));
    }

    // ---- writing

    @Override
    public CompletableFuture<EntryWriteResult> write(EntryWrite write) {
        VarveException invalid = invalid(write);
        if (invalid != null) {
            return CompletableFuture.failedFuture(invalid);
        }
        WriteCommand command = command(write);
        if (command.failure() != null) {
            return CompletableFuture.failedFuture(command.failure());
        }
        if (command.result() != null) {
            return CompletableFuture.completedFuture(command.result());
        }
        return command.holdsFiles() ? submit(command).whenComplete((_, _) -> command.release()) : submit(command);
    }

    /**
     * A write as a part of a commit over several faces. It was refused already when no store would take it.
     *
     * @param write what to change, with {@link EntryWrite#once} false, of a store that users may name
     * @return to be released in the end
     * @throws VarveException as {@link #write} fails
     */
    public FacePart<EntryWriteResult> part(EntryWrite write) {
        VarveException invalid = invalid(write);
        if (invalid != null) {
            throw invalid;
        }
        return command(write);
    }

    /** A command that has failed or was refused already when no store would take it. */
    private WriteCommand command(EntryWrite write) {
        long bytes = 0;
        for (int i = 0; i < write.ops().size(); i++) {
            EntryOp op = write.ops().get(i);
            Reason wrong = Decider.invalid(op);
            if (wrong == null) {
                long sum = withBytes(bytes, op);
                if (sum < 0) {
                    wrong = Reason.INVALID_VALUE;
                } else {
                    bytes = sum;
                }
            }
            if (wrong != null) {
                WriteCommand refused = new WriteCommand(face, write, freshIds, 0, 0);
                refused.answerWith(Decider.refused(i, op, wrong, null));
                return refused;
            }
        }
        if (bytes > MAX_WRITE_BYTES) {
            WriteCommand failed = new WriteCommand(face, write, freshIds, 0, 0);
            failed.failWith(new VarveException(
                    ErrorKind.TOO_LARGE,
                    "the values of a write and their whole paths take at most " + MAX_WRITE_BYTES
                            + " bytes, these take more"));
            return failed;
        }
        boolean once = write.once() && write.ops().stream().noneMatch(op -> op.lease() != null);
        WriteCommand command = new WriteCommand(face, write, freshIds, (int) bytes, once ? fingerprint(write) : 0);
        Set<BlobId> named = EntryFiles.named(write.store(), write.ops());
        if (!named.isEmpty()) {
            command.hold(named);
        }
        return command;
    }

    private @Nullable VarveException invalid(EntryWrite write) {
        if (write.ops().isEmpty() || write.ops().size() > EntryWrite.MAX_OPS) {
            return new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "a write makes 1 to " + EntryWrite.MAX_OPS + " changes, this one "
                            + write.ops().size());
        }
        if (write.deviceId().length() > MAX_NAME_LENGTH || write.clientOpId().length() > MAX_NAME_LENGTH) {
            return new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "the names of a device and of a write have at most " + MAX_NAME_LENGTH + " characters");
        }
        if (write.createStore() && find(write.store()) == null) {
            return invalidName(write.store());
        }
        return names.reaches(write.store()) ? null : StoreCommand.notFound(write.store());
    }

    /** Adds what the value of a change takes when it is taken apart; -1 when it cannot be stored. */
    private static long withBytes(long before, EntryOp op) {
        EntryValue value = op.value();
        if (value instanceof EntryValue.Text(String text)) { // most values are: one look at it tells all
            int size = ValueCodec.sizeOfUnicode(text);
            return size < 0 ? -1 : before + ValueCodec.utf8Bytes(op.path().toString()) + size;
        }
        if (value != null && !ValueCodec.isStorable(value)) {
            return -1;
        }
        try {
            return withBytes(before, op.path(), value);
        } catch (InvalidEntryPathException e) {
            return -1;
        }
    }

    /**
     * Adds what a value takes when it is taken apart: below a long path that is much more than what was sent. Stops at more
     * than {@link #MAX_WRITE_BYTES}.
     *
     * @throws InvalidEntryPathException when a nested value gets a path that is none
     */
    private static long withBytes(long before, EntryPath path, @Nullable EntryValue value) {
        long bytes = before + ValueCodec.utf8Bytes(path.toString());
        if (value == null || value.isWhole() || !(value instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            return bytes + (value == null ? 0 : ValueCodec.sizeOf(value));
        }
        for (Map.Entry<String, EntryValue> field : fields.entrySet()) {
            if (bytes > MAX_WRITE_BYTES) {
                break;
            }
            bytes = withBytes(bytes, path.child(field.getKey()), field.getValue());
        }
        return bytes;
    }

    /** Of what a write does; its conditions do not count. Never 0. */
    private static long fingerprint(EntryWrite write) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        for (EntryOp op : write.ops()) {
            byte[] path = op.path().toString().getBytes(UTF_8);
            byte[] value = op.value() == null ? new byte[0] : ValueCodec.encode(content(op.value()));
            digest.update(ByteBuffer.allocate(1 + 2 * Integer.BYTES)
                    .put(Codes.of(op.kind()))
                    .putInt(path.length)
                    .putInt(value.length)
                    .flip());
            digest.update(path);
            digest.update(value);
        }
        return ByteBuffer.wrap(digest.digest()).getLong() | 1;
    }

    /** A file that is stored again is the same file. */
    private static EntryValue content(EntryValue value) {
        FileReference file = FileReference.of(value);
        return file == null
                ? value
                : new FileReference(file.hash(), file.size(), file.contentType(), file.filename(), null).toValue();
    }

    // ---- files

    @Override
    public FileUpload upload(String store, long maxBytes) {
        VarveException invalid = invalidName(store);
        if (invalid != null) {
            throw invalid;
        }
        return face.files().upload(store, maxBytes);
    }

    @Override
    public CompletableFuture<FileContent> file(String hash, Predicate<StoreInfo> reachable) {
        face.sequencer().awaitWhole();
        return face.files().open(hash, store -> names.reaches(store.name()) && reachable.test(store));
    }

    // ---- reading

    @Override
    public CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
        StoreState state = find(store);
        if (state == null) {
            return notFound(store);
        }
        Entry inMemory = reader.inMemory(state, path);
        return inMemory != null
                ? CompletableFuture.completedFuture(Optional.of(inMemory))
                : face.disk().forCaller(() -> Optional.ofNullable(reader.get(state, path)));
    }

    @Override
    public CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths) {
        StoreState state = find(store);
        if (state == null) {
            return notFound(store);
        }
        if (paths.size() > EntryQuery.MAX_LIMIT) {
            return CompletableFuture.failedFuture(new VarveException(
                    ErrorKind.INVALID_PARAMS, "at most " + EntryQuery.MAX_LIMIT + " paths are read at once"));
        }
        return face.disk().forCaller(() -> reader.getMany(state, paths));
    }

    @Override
    public CompletableFuture<EntryPage> list(EntryQuery query) {
        StoreState state = find(query.store());
        return state == null ? notFound(query.store()) : face.disk().forCaller(() -> reader.list(state, query));
    }

    @Override
    public CompletableFuture<EntryEventPage> events(String store, long after, int limit) {
        if (limit < 1 || limit > EntryQuery.MAX_LIMIT || after < 0) {
            return CompletableFuture.failedFuture(new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "limit goes from 1 to " + EntryQuery.MAX_LIMIT + ", after from 0; they were " + limit + " and "
                            + after));
        }
        StoreState state = find(store);
        if (state == null) {
            return notFound(store);
        }
        List<EntryEvent> inMemory = EntryReader.recentEvents(state, after, limit);
        return inMemory != null
                ? CompletableFuture.completedFuture(new EntryEventPage(inMemory, state.storeSeq()))
                : face.disk().forCaller(() -> reader.events(state, after, limit));
    }

    @Override
    public CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
        StoreState state = find(store);
        return state == null
                ? notFound(store)
                : face.disk().forCaller(() -> Optional.ofNullable(history.get(state, path, atSeq)));
    }

    @Override
    public CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
        StoreState state = find(query.store());
        return state == null ? notFound(query.store()) : face.disk().forCaller(() -> history.list(state, query, atSeq));
    }

    @Override
    public CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
        StoreState state = find(store);
        return state == null ? notFound(store) : face.disk().forCaller(() -> history.diff(state, fromSeq, toSeq));
    }

    @Override
    public CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        if (find(store) == null) {
            return notFound(store);
        }
        Rollback rollback = new Rollback(this, store, toSeq, deviceId);
        return path == null ? rollback.ofStore() : rollback.ofPath(path);
    }

    /** What stood at a path and below it right after a change. */
    CompletableFuture<HistoryReader.Standing> standing(String store, EntryPath path, long atSeq) {
        StoreState state = find(store);
        return state == null ? notFound(store) : face.disk().forCaller(() -> history.standing(state, path, atSeq));
    }

    @Override
    public CompletableFuture<Long> compact(String store, long throughSeq) {
        return names.reaches(store) ? submit(new CompactCommand(face, store, throughSeq)) : notFound(store);
    }

    private static <T> CompletableFuture<T> notFound(String store) {
        return CompletableFuture.failedFuture(StoreCommand.notFound(store));
    }

    // ---- following

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        StoreState state = find(store);
        if (state == null) {
            throw StoreCommand.notFound(store);
        }
        StoreState.Listening own = new StoreState.Listening(listener);
        state.listeners.add(own);
        if ((state.gone || state.archived) && state.listeners.remove(own)) {
            listener.accept(Long.MAX_VALUE);
        }
        return () -> state.listeners.remove(own);
    }
}
