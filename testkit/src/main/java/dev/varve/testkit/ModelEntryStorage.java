package dev.varve.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.InvalidEntryPathException;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Entries in plain maps: what every storage is compared with. Slow on purpose wherever the obvious is slow: a write works on
 * a copy of the whole store, every moment is kept as a whole, and the revision of a subtree is looked up in a map that is never tidied.
 *
 * <p>Every call is finished when it returns, and listeners were called by the calling thread. It remembers every write for
 * ever. Thread-safe.
 */
public final class ModelEntryStorage implements EntryStorage {

    /** A sum of numbers that are further apart than this would be too long. */
    private static final int MAX_DIGITS = 400;

    private final LongSupplier nowMillis;
    private final NavigableMap<String, Store> stores = new TreeMap<>();
    private final ModelFiles files = new ModelFiles();
    private long lastStore;

    /**
     * Creates a model without stores.
     *
     * @param nowMillis the time; must not run backwards
     */
    public ModelEntryStorage(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    /** What can be told of a store that is there or was. */
    private static final class Store {
        private final UUID id;
        private final String name;
        private final Instant createdAt;
        private boolean archived;
        private Tree tree = new Tree();
        private final List<EntryEvent> events = new ArrayList<>();
        private final Map<List<String>, Recognised> recognised = new HashMap<>();
        /** What stood there right after each change. */
        private final NavigableMap<Long, NavigableMap<EntryPath, Entry>> past = new TreeMap<>();

        private long compactedSeq;
        private @Nullable Instant compactedAt;
        /** What is to be taken back, with the revision that it is about. */
        private final NavigableMap<Deadline, Long> deadlines = new TreeMap<>();

        private final List<Listening> listeners = new ArrayList<>();

        Store(UUID id, String name, Instant createdAt) {
            this.id = id;
            this.name = name;
            this.createdAt = createdAt;
            past.put(0L, new TreeMap<>());
        }

        StoreInfo info() {
            return new StoreInfo(
                    id,
                    name,
                    archived,
                    createdAt,
                    tree.seq,
                    tree.leaves.size(),
                    tree.fileBytes(),
                    compactedSeq,
                    compactedAt);
        }

        void tell(long seq) {
            List.copyOf(listeners).forEach(listening -> listening.listener.accept(seq));
        }

        void tellTheEnd() {
            List<Listening> told = List.copyOf(listeners);
            listeners.clear();
            told.forEach(listening -> listening.listener.accept(Long.MAX_VALUE));
        }
    }

    /** One subscription; the same listener may have several. */
    private static final class Listening {
        private final LongConsumer listener;

        Listening(LongConsumer listener) {
            this.listener = listener;
        }
    }

    /** When something set for some time is to be taken back. */
    private record Deadline(long millis, EntryPath path) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            int order = Long.compare(millis, other.millis);
            return order != 0 ? order : path.compareTo(other.path);
        }
    }

    /** A write that was accepted, and what it did. */
    private record Recognised(List<List<Object>> content, Written answer) {}

    /** The entries of a store. */
    private static final class Tree {
        private final NavigableMap<EntryPath, Entry> leaves = new TreeMap<>();
        /** When something was last written or removed at a path or below it. */
        private final Map<EntryPath, Long> touched = new HashMap<>();

        private long seq;

        Tree copy() {
            Tree copy = new Tree();
            copy.leaves.putAll(leaves);
            copy.touched.putAll(touched);
            copy.seq = seq;
            return copy;
        }

        /** How large the files are that entries refer to. */
        long fileBytes() {
            return leaves.values().stream()
                    .map(entry -> FileReference.of(entry.value()))
                    .mapToLong(file -> file == null ? 0 : Math.min(file.size(), FileReference.MAX_COUNTED_BYTES))
                    .sum();
        }

        private void touch(EntryPath path) {
            for (EntryPath at = path; at != null; at = at.parent()) {
                touched.put(at, seq);
            }
        }

        List<EntryPath> below(EntryPath path) {
            return leaves.keySet().stream().filter(path::isAncestorOf).toList();
        }

        boolean isEmptyAt(EntryPath path) {
            return !leaves.containsKey(path) && below(path).isEmpty();
        }

        /** The revision of all at and below a path, or null when there is nothing. */
        @Nullable Long revision(EntryPath path) {
            return isEmptyAt(path) ? null : touched.get(path);
        }

        void remove(EntryPath path) {
            List<EntryPath> gone = new ArrayList<>(below(path));
            if (leaves.containsKey(path)) {
                gone.add(path);
            }
            gone.forEach(leaf -> {
                leaves.remove(leaf);
                touch(leaf);
            });
        }

        void put(EntryPath path, EntryType type, EntryValue value) {
            leaves.put(path, new Entry(path, value, type, seq));
            touch(path);
        }

        void putFlat(EntryPath path, EntryValue value) {
            if (value.isWhole()) {
                put(path, EntryType.of(value), value);
            } else {
                fields(value).forEach((name, field) -> putFlat(path.child(name), field));
            }
        }

        @Nullable Entry assembled(EntryPath path) {
            Entry leaf = leaves.get(path);
            if (leaf != null) {
                return leaf;
            }
            if (isEmptyAt(path)) {
                return null;
            }
            long revision = touched.getOrDefault(path, 0L);
            return new Entry(path, object(path), EntryType.MAP, revision);
        }

        /** Entries with others below them hide those. */
        private EntryValue object(EntryPath path) {
            int depth = path.segments().size();
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            for (EntryPath leaf : below(path)) {
                String name = leaf.segments().get(depth);
                EntryPath child = path.child(name);
                Entry entry = leaves.get(child);
                fields.computeIfAbsent(name, missing -> entry != null ? entry.value() : object(child));
            }
            return new EntryValue.Fields(fields);
        }
    }

    private static Map<String, EntryValue> fields(EntryValue value) {
        return ((EntryValue.Fields) value).fields();
    }

    // ---- stores

    @Override
    public synchronized CompletableFuture<StoreInfo> createStore(String name) {
        return answer(() -> {
            checkName(name);
            if (stores.containsKey(name)) {
                throw new VarveException(ErrorKind.ALREADY_EXISTS, name + " is taken");
            }
            return create(name).info();
        });
    }

    private static void checkName(String name) {
        if (!StoreInfo.NAME.matcher(name).matches()) {
            throw new VarveException(ErrorKind.INVALID_PARAMS, name + " is no name of a store");
        }
    }

    private Store create(String name) {
        Store store = new Store(new UUID(0, ++lastStore), name, Instant.ofEpochMilli(nowMillis.getAsLong()));
        stores.put(name, store);
        return store;
    }

    private Store required(String name) {
        expire();
        Store store = stores.get(name);
        if (store == null) {
            throw new VarveException(ErrorKind.NOT_FOUND, "there is no store " + name);
        }
        return store;
    }

    @Override
    public synchronized CompletableFuture<StoreInfo> cloneStore(String name, String newName) {
        return answer(() -> {
            checkName(newName);
            if (!organisation(name).equals(organisation(newName))) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, newName + " is of another organisation");
            }
            Store source = required(name);
            if (stores.containsKey(newName)) {
                throw new VarveException(ErrorKind.ALREADY_EXISTS, newName + " is taken");
            }
            Store copy = create(newName);
            copy.tree = source.tree.copy();
            copy.events.addAll(source.events);
            copy.recognised.putAll(source.recognised);
            copy.past.putAll(source.past);
            copy.compactedSeq = source.compactedSeq;
            copy.compactedAt = source.compactedAt;
            copy.deadlines.putAll(source.deadlines);
            return copy.info();
        });
    }

    private static String organisation(String store) {
        return store.substring(0, Math.max(0, store.indexOf('/')));
    }

    @Override
    public synchronized CompletableFuture<StoreInfo> archiveStore(String name) {
        return answer(() -> {
            Store store = required(name);
            store.archived = true;
            store.tellTheEnd();
            return store.info();
        });
    }

    @Override
    public synchronized CompletableFuture<StoreInfo> deleteStore(String name) {
        return answer(() -> {
            Store store = required(name);
            stores.remove(name);
            store.tellTheEnd();
            return store.info();
        });
    }

    /** Takes back what was set for some time only, as soon as anybody looks. */
    private void expire() {
        long now = nowMillis.getAsLong();
        for (Store store : stores.values()) {
            while (!store.deadlines.isEmpty() && store.deadlines.firstKey().millis() <= now) {
                Map.Entry<Deadline, Long> due = store.deadlines.pollFirstEntry();
                EntryPath path = due.getKey().path();
                if (!store.archived && due.getValue().equals(store.tree.revision(path))) {
                    List<EntryOp> delete = List.of(EntryOp.delete(path));
                    written(
                            store,
                            new EntryWrite(
                                    store.name, delete, EntryOp.EXPIRY_DEVICE, "expiry:" + path + ":1", false, false));
                }
            }
        }
    }

    @Override
    public synchronized Optional<StoreInfo> store(String name) {
        expire();
        return Optional.ofNullable(stores.get(name)).map(Store::info);
    }

    @Override
    public synchronized Optional<StoreInfo> store(UUID id) {
        expire();
        return stores.values().stream()
                .filter(store -> store.id.equals(id))
                .findFirst()
                .map(Store::info);
    }

    @Override
    public synchronized List<StoreInfo> stores(@Nullable String organisation) {
        expire();
        return stores.values().stream()
                .map(Store::info)
                .filter(info -> organisation == null || info.organisation().equals(organisation))
                .toList();
    }

    // ---- writing

    /** Ends a write. */
    private static final class Refusing extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Refused refusal;

        Refusing(Refused refusal) {
            this.refusal = refusal;
        }
    }

    @Override
    public synchronized CompletableFuture<EntryWriteResult> write(EntryWrite write) {
        return answer(() -> {
            if (write.ops().isEmpty() || write.ops().size() > EntryWrite.MAX_OPS) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, "too many or no changes");
            }
            if (write.deviceId().length() > 1_000 || write.clientOpId().length() > 1_000) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, "a name is too long");
            }
            try {
                long bytes = 0;
                for (int i = 0; i < write.ops().size(); i++) {
                    EntryOp op = write.ops().get(i);
                    checkValid(i, op);
                    bytes += bytes(op.path(), op.value());
                }
                if (bytes > MAX_WRITE_BYTES) {
                    throw new VarveException(ErrorKind.TOO_LARGE, "too many bytes");
                }
                boolean creates = write.createStore() && !stores.containsKey(write.store());
                if (creates) {
                    checkName(write.store());
                    create(write.store());
                }
                try {
                    return written(required(write.store()), write);
                } catch (Refusing refusing) {
                    if (creates) {
                        stores.remove(write.store());
                    }
                    throw refusing;
                }
            } catch (Refusing refusing) {
                return refusing.refusal;
            }
        });
    }

    private EntryWriteResult written(Store store, EntryWrite write) {
        List<String> name = List.of(write.deviceId(), write.clientOpId());
        boolean recognisable = write.once() && write.ops().stream().noneMatch(op -> op.lease() != null);
        List<List<Object>> content = write.ops().stream()
                .map(op -> List.<Object>of(op.kind(), op.path(), Optional.ofNullable(content(op.value()))))
                .toList();
        Recognised before = store.recognised.get(name);
        if (recognisable && before != null && before.content().equals(content)) {
            return before.answer();
        }
        if (store.archived) {
            throw refusal(Reason.STORE_ARCHIVED, 0, write.ops().get(0), null);
        }
        Tree tree = store.tree.copy();
        List<Applied> applied = new ArrayList<>();
        List<EntryEvent> events = new ArrayList<>();
        Map<Long, NavigableMap<EntryPath, Entry>> past = new HashMap<>();
        Map<Deadline, Long> deadlines = new HashMap<>();
        long now = nowMillis.getAsLong();
        for (int i = 0; i < write.ops().size(); i++) {
            EntryOp op = write.ops().get(i);
            checkFile(store, i, op);
            checkConditions(tree, i, op, now);
            if (op.kind() == EntryOp.Kind.CHECK || isNeedless(tree, op)) {
                applied.add(new Applied(op.path(), tree.seq, false, null));
                continue;
            }
            tree.seq++;
            EntryValue value = apply(tree, i, op, now);
            past.put(tree.seq, new TreeMap<>(tree.leaves));
            if (op.ttlMillis() != null) {
                deadlines.put(new Deadline(sum(now, op.ttlMillis()), op.path()), tree.seq);
            }
            applied.add(new Applied(op.path(), tree.seq, true, value));
            String opId = write.ops().size() == 1 ? write.clientOpId() : write.clientOpId() + ":" + i;
            events.add(new EntryEvent(
                    tree.seq, op.kind(), op.path(), value, op.label(), write.deviceId(), opId, events.isEmpty(), now));
        }
        store.tree = tree;
        store.events.addAll(events);
        store.past.putAll(past);
        store.deadlines.putAll(deadlines);
        Written answer = new Written(applied, tree.seq);
        if (!events.isEmpty()) {
            if (recognisable) {
                store.recognised.put(name, new Recognised(content, answer));
            }
            store.tell(tree.seq);
        }
        return answer;
    }

    /** A file that is stored again is the same file. */
    private static @Nullable EntryValue content(@Nullable EntryValue value) {
        FileReference file = value == null ? null : FileReference.of(value);
        return file == null
                ? value
                : new FileReference(file.hash(), file.size(), file.contentType(), file.filename(), null).toValue();
    }

    private static boolean isCalledRightly(EntryOp op) {
        if (op.label() == EntryType.COUNTER) {
            return number(op.value()) != null;
        }
        return op.label() == null
                || (op.label() == EntryType.SET
                        && op.value() instanceof EntryValue.Items set
                        && set.items().stream().distinct().count()
                                == set.items().size()
                        && !set.items().contains(new EntryValue.Null()));
    }

    private void checkFile(Store store, int index, EntryOp op) {
        FileReference file = op.kind() == EntryOp.Kind.PUT_FILE ? FileReference.of(given(op.value())) : null;
        byte[] content = file == null ? null : files.find(store.name, file.hash());
        if (file != null && content == null) {
            throw refusal(Reason.FILE_NOT_FOUND, index, op, null);
        }
        if (file != null && content != null && content.length != file.size()) {
            throw refusal(Reason.INVALID_VALUE, index, op, null);
        }
    }

    // ---- files

    @Override
    public FileUpload upload(String store, long maxBytes) {
        checkName(store);
        return files.upload(store, maxBytes, nowMillis);
    }

    @Override
    public synchronized CompletableFuture<FileContent> file(String hash, Predicate<StoreInfo> reachable) {
        return answer(() -> {
            boolean referred = false;
            for (Store store : stores.values()) {
                FileReference reference = reachable.test(store.info()) ? reference(store, hash) : null;
                byte[] content = reference == null ? null : files.find(store.name, hash);
                if (reference != null && content != null) {
                    return ModelFiles.content(reference, content);
                }
                referred |= reference != null;
            }
            throw new VarveException(referred ? ErrorKind.NOT_FOUND : ErrorKind.FORBIDDEN, "no such file here");
        });
    }

    /** How an entry refers to a file, or did at a moment that can be asked for. */
    private static @Nullable FileReference reference(Store store, String hash) {
        return store.past.tailMap(store.compactedSeq, true).values().stream()
                .flatMap(moment -> moment.values().stream())
                .map(entry -> FileReference.of(entry.value()))
                .filter(reference -> reference != null && reference.hash().equals(hash))
                .findFirst()
                .orElse(null);
    }

    private static Refusing refusal(Reason reason, int index, EntryOp op, @Nullable Long current) {
        return new Refusing(new Refused(reason, index, op.path(), current));
    }

    private static void checkValid(int index, EntryOp op) {
        Reason wrong = wrongValue(op);
        if (wrong == null && op.label() != null && op.kind() != EntryOp.Kind.SET) {
            wrong = Reason.INVALID_VALUE;
        }
        boolean set = op.kind() == EntryOp.Kind.SET || op.kind() == EntryOp.Kind.CHECK;
        int conditions = (op.ifMatch() == null ? 0 : 1) + (op.ifAbsent() ? 1 : 0) + (op.ifNone() ? 1 : 0);
        if (wrong == null && op.ttlMillis() != null && (op.kind() != EntryOp.Kind.SET || op.ttlMillis() < 1)) {
            wrong = Reason.INVALID_TTL;
        }
        if (wrong == null && op.ifMatch() != null && !set && op.kind() != EntryOp.Kind.DELETE) {
            wrong = Reason.IF_MATCH_UNSUPPORTED_OP;
        }
        if (wrong == null && (op.ifAbsent() || op.ifNone()) && !set) {
            wrong = Reason.IF_ABSENT_UNSUPPORTED_OP;
        }
        if (wrong == null && (conditions > 1 || (op.ifMatch() != null && op.ifMatch() < 1))) {
            wrong = Reason.INVALID_PRECONDITION;
        }
        if (wrong == null && op.ifAbsent() && op.value() != null && !op.value().isWhole()) {
            wrong = Reason.IF_ABSENT_MULTI_LEAF;
        }
        if (wrong == null && op.value() != null && !(isStorable(op.value(), 0) && fits(op.path(), op.value()))) {
            wrong = Reason.INVALID_VALUE;
        }
        if (wrong != null) {
            throw refusal(wrong, index, op, null);
        }
    }

    private static @Nullable Reason wrongValue(EntryOp op) {
        EntryValue value = op.value();
        EntryOp.LeaseTerms terms = op.lease();
        boolean nothing = value == null || value instanceof EntryValue.Null;
        return switch (op.kind()) {
            case SET -> value == null ? Reason.SET_REQUIRES_VALUE : isCalledRightly(op) ? null : Reason.INVALID_VALUE;
            case PUT_FILE ->
                value == null
                        ? Reason.SET_REQUIRES_VALUE
                        : FileReference.of(value) != null ? null : Reason.INVALID_VALUE;
            case MERGE ->
                value instanceof EntryValue.Fields && !value.isWhole() ? null : Reason.MERGE_REQUIRES_MAP_VALUE;
            case INCREMENT -> number(value) == null ? Reason.INCREMENT_REQUIRES_NUMBER_VALUE : null;
            case ADD -> nothing ? Reason.ADD_REQUIRES_VALUE : null;
            case REMOVE -> nothing ? Reason.REMOVE_REQUIRES_VALUE : null;
            case LEASE -> terms == null || terms.ttlMillis() <= 0 ? Reason.INVALID_LEASE_OP : null;
            case RENEW ->
                terms == null || terms.ttlMillis() <= 0 || terms.token() == null ? Reason.INVALID_LEASE_OP : null;
            case RELEASE -> terms == null || terms.token() == null ? Reason.INVALID_LEASE_OP : null;
            case DELETE, CHECK -> null;
        };
    }

    /** What the entries take that a value is taken apart into. */
    private static long bytes(EntryPath path, @Nullable EntryValue value) {
        if (value != null && !value.isWhole()) {
            return fields(value).entrySet().stream()
                    .mapToLong(field -> bytes(path.child(field.getKey()), field.getValue()))
                    .sum();
        }
        return (long) path.toString().length()
                + (value == null ? 0 : value.toString().length());
    }

    private static boolean isStorable(EntryValue value, int depth) {
        if (value instanceof EntryValue.Text text) {
            return UTF_8.newEncoder().canEncode(text.value());
        }
        if (value instanceof EntryValue.Items items) {
            return depth < EntryValue.MAX_DEPTH && items.items().stream().allMatch(item -> isStorable(item, depth + 1));
        }
        if (value instanceof EntryValue.Fields object) {
            return depth < EntryValue.MAX_DEPTH
                    && object.fields().entrySet().stream()
                            .allMatch(field -> UTF_8.newEncoder().canEncode(field.getKey())
                                    && isStorable(field.getValue(), depth + 1));
        }
        return true;
    }

    private static boolean fits(EntryPath path, EntryValue value) {
        try {
            return value.isWhole()
                    || fields(value).entrySet().stream()
                            .allMatch(field -> fits(path.child(field.getKey()), field.getValue()));
        } catch (InvalidEntryPathException e) {
            return false;
        }
    }

    private static void checkConditions(Tree tree, int index, EntryOp op, long now) {
        Entry leaf = tree.leaves.get(op.path());
        Long whole = tree.revision(op.path());
        if (op.ifMatch() != null) {
            boolean object = op.value() != null && !op.value().isWhole();
            Long current = leaf != null && !object ? Long.valueOf(leaf.revision()) : whole;
            if (!op.ifMatch().equals(current)) {
                throw refusal(Reason.CONFLICT, index, op, current);
            }
        }
        if (op.ifAbsent() && leaf != null) {
            throw refusal(Reason.EXISTS, index, op, leaf.revision());
        }
        if (op.ifNone() && whole != null) {
            throw refusal(Reason.EXISTS, index, op, whole);
        }
        EntryOp.Fence fence = op.fence();
        if (fence != null) {
            Entry lease = tree.leaves.get(fence.key());
            if (!isLive(lease, now) || !holds(lease, fence.token())) {
                throw refusal(Reason.FENCED, index, op, null);
            }
        }
    }

    private static boolean isNeedless(Tree tree, EntryOp op) {
        EntryOp.LeaseTerms terms = op.lease();
        return op.kind() == EntryOp.Kind.RELEASE
                && (terms == null || terms.token() == null || !holds(tree.leaves.get(op.path()), terms.token()));
    }

    private static @Nullable EntryValue apply(Tree tree, int index, EntryOp op, long now) {
        EntryPath path = op.path();
        EntryValue value = op.value() == null ? new EntryValue.Null() : op.value();
        Entry leaf = tree.leaves.get(path);
        switch (op.kind()) {
            case SET, PUT_FILE -> {
                tree.remove(path);
                if (op.label() == null) {
                    tree.putFlat(path, value);
                } else {
                    tree.put(path, op.label(), value);
                }
                return value;
            }
            case DELETE -> {
                tree.remove(path);
                return null;
            }
            case MERGE -> {
                fields(value).forEach((name, field) -> {
                    if (!field.isWhole()) {
                        tree.remove(path.child(name));
                    }
                    tree.putFlat(path.child(name), field);
                });
                return value;
            }
            case INCREMENT -> {
                EntryValue total = total(index, op, leaf, value);
                tree.put(path, EntryType.COUNTER, total);
                return total;
            }
            case ADD -> {
                LinkedHashSet<EntryValue> members = new LinkedHashSet<>(List.of(value));
                members.addAll(members(leaf));
                EntryValue set = new EntryValue.Items(new ArrayList<>(members));
                tree.put(path, EntryType.SET, set);
                return set;
            }
            case REMOVE -> {
                List<EntryValue> members = new ArrayList<>(members(leaf));
                members.remove(value);
                EntryValue set = new EntryValue.Items(members);
                tree.put(path, EntryType.SET, set);
                return set;
            }
            case LEASE -> {
                if (leaf != null && leaf.type() != EntryType.LEASE) {
                    throw refusal(Reason.OCCUPIED, index, op, null);
                }
                if (isLive(leaf, now)) {
                    throw refusal(Reason.HELD, index, op, null);
                }
                EntryOp.LeaseTerms terms = given(op.lease());
                EntryValue holder =
                        terms.holder() == null ? new EntryValue.Null() : EntryValue.of(given(terms.holder()));
                EntryValue lease = lease(holder, tree.seq, endOf(terms, now));
                tree.put(path, EntryType.LEASE, lease);
                return lease;
            }
            case RENEW -> {
                EntryOp.LeaseTerms terms = given(op.lease());
                long token = given(terms.token());
                if (leaf == null || !isLive(leaf, now) || !holds(leaf, token)) {
                    throw refusal(Reason.NOT_HELD, index, op, null);
                }
                EntryValue holder = given(fields(leaf.value()).get("holder"));
                EntryValue lease = lease(holder, token, endOf(terms, now));
                tree.put(path, EntryType.LEASE, lease);
                return lease;
            }
            case RELEASE -> {
                tree.leaves.remove(path);
                tree.touch(path);
                return null;
            }
            case CHECK -> throw new IllegalStateException("a check is never applied");
        }
        throw new IllegalStateException("no such kind of change");
    }

    private static <T> T given(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a change without something it needs was let through");
        }
        return value;
    }

    private static @Nullable BigDecimal number(@Nullable EntryValue value) {
        if (value instanceof EntryValue.Whole whole) {
            return BigDecimal.valueOf(whole.value());
        }
        return value instanceof EntryValue.Fraction fraction ? fraction.value() : null;
    }

    private static EntryValue total(int index, EntryOp op, @Nullable Entry leaf, EntryValue delta) {
        EntryValue before = leaf == null ? EntryValue.of(0) : leaf.value();
        BigDecimal first = number(before);
        BigDecimal second = number(delta);
        if (first == null || second == null) {
            throw refusal(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, index, op, null);
        }
        if (Math.abs((long) first.scale() - second.scale()) > MAX_DIGITS) {
            throw refusal(Reason.INCREMENT_OVERFLOW, index, op, null);
        }
        BigDecimal total = first.add(second);
        if (before instanceof EntryValue.Fraction || delta instanceof EntryValue.Fraction) {
            return new EntryValue.Fraction(total);
        }
        if (total.compareTo(BigDecimal.valueOf(total.longValue())) != 0) {
            throw refusal(Reason.INCREMENT_OVERFLOW, index, op, null);
        }
        return EntryValue.of(total.longValue());
    }

    private static List<EntryValue> members(@Nullable Entry leaf) {
        return leaf != null && leaf.value() instanceof EntryValue.Items items ? items.items() : List.of();
    }

    private static EntryValue lease(EntryValue holder, long token, long expiresAt) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_type", EntryValue.of("lease"));
        fields.put("holder", holder);
        fields.put("token", EntryValue.of(token));
        fields.put("expires_at", EntryValue.of(expiresAt));
        return new EntryValue.Fields(fields);
    }

    private static long endOf(EntryOp.LeaseTerms terms, long now) {
        return sum(now, terms.ttlMillis());
    }

    private static long sum(long now, long ttlMillis) {
        return ttlMillis > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + ttlMillis;
    }

    private static boolean isLive(@Nullable Entry leaf, long now) {
        return leaf != null
                && leaf.type() == EntryType.LEASE
                && fields(leaf.value()).get("expires_at") instanceof EntryValue.Whole expiresAt
                && expiresAt.value() > now;
    }

    private static boolean holds(@Nullable Entry leaf, long token) {
        return leaf != null
                && leaf.type() == EntryType.LEASE
                && EntryValue.of(token).equals(fields(leaf.value()).get("token"));
    }

    // ---- reading

    @Override
    public synchronized CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
        return answer(() -> Optional.ofNullable(required(store).tree.assembled(path)));
    }

    @Override
    public synchronized CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths) {
        return answer(() -> {
            if (paths.size() > EntryQuery.MAX_LIMIT) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, "too many paths");
            }
            Map<EntryPath, Entry> leaves = required(store).tree.leaves;
            return new LinkedHashSet<>(paths)
                    .stream().filter(leaves::containsKey).map(leaves::get).toList();
        });
    }

    @Override
    public synchronized CompletableFuture<EntryPage> list(EntryQuery query) {
        return answer(() -> {
            Tree tree = required(query.store()).tree;
            return page(query, tree.leaves, tree.seq);
        });
    }

    private static EntryPage page(EntryQuery query, Map<EntryPath, Entry> leaves, long seq) {
        List<Entry> all = new ArrayList<>();
        leaves.forEach((path, entry) -> {
            boolean after = query.after() == null
                    || (query.descending() ? path.compareTo(query.after()) < 0 : path.compareTo(query.after()) > 0);
            if (query.pattern().matches(path)
                    && (query.from() == null || path.compareTo(query.from()) >= 0)
                    && (query.to() == null || path.compareTo(query.to()) < 0)
                    && after) {
                all.add(entry);
            }
        });
        if (query.descending()) {
            Collections.reverse(all);
        }
        boolean more = all.size() > query.limit();
        List<Entry> page = more ? all.subList(0, query.limit()) : all;
        return new EntryPage(page, more ? page.get(page.size() - 1).path() : null, seq);
    }

    // ---- history

    private NavigableMap<EntryPath, Entry> past(String store, long atSeq) {
        Store found = required(store);
        if (atSeq < found.compactedSeq) {
            throw new VarveException(ErrorKind.COMPACTED, atSeq + " is not kept");
        }
        NavigableMap<EntryPath, Entry> past = found.past.get(atSeq);
        if (past == null) {
            throw new VarveException(ErrorKind.INVALID_PARAMS, "there is no change " + atSeq);
        }
        return past;
    }

    /** Of what was taken away below a path nothing is known any more: its revision is the greatest that stood there. */
    @Override
    public synchronized CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
        return answer(() -> {
            Tree tree = new Tree();
            tree.leaves.putAll(past(store, atSeq));
            Entry entry = tree.assembled(path);
            if (entry == null || entry.type() != EntryType.MAP || tree.leaves.containsKey(path)) {
                return Optional.ofNullable(entry);
            }
            long newest = tree.below(path).stream()
                    .map(tree.leaves::get)
                    .mapToLong(Entry::revision)
                    .max()
                    .orElseThrow();
            return Optional.of(new Entry(path, entry.value(), EntryType.MAP, newest));
        });
    }

    @Override
    public synchronized CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
        return answer(() -> page(query, past(query.store(), atSeq), atSeq));
    }

    @Override
    public synchronized CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
        return answer(() -> {
            Map<EntryPath, Entry> before = past(store, fromSeq);
            Map<EntryPath, Entry> after = past(store, toSeq);
            TreeSet<EntryPath> paths = new TreeSet<>(before.keySet());
            paths.addAll(after.keySet());
            List<EntryDifference> differences = new ArrayList<>();
            for (EntryPath path : paths) {
                Entry first = before.get(path);
                Entry second = after.get(path);
                if (first == null || second == null || !first.value().equals(second.value())) {
                    differences.add(new EntryDifference(path, first, second));
                }
            }
            return differences;
        });
    }

    @Override
    public synchronized CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        return answer(() -> {
            Store found = required(store);
            if (path != null) {
                NavigableMap<EntryPath, Entry> then = at(path, past(store, toSeq));
                if (sets(then).equals(sets(at(path, found.tree.leaves)))) {
                    return new RollbackResult(0, found.tree.seq);
                }
                return rolledBack(found, restoring(path, then), toSeq, deviceId);
            }
            long made = 0;
            while (true) {
                List<EntryOp> ops = restoringAll(past(store, toSeq), found.tree.leaves);
                if (ops.isEmpty()) {
                    return new RollbackResult(made, found.tree.seq);
                }
                made += rolledBack(found, ops, toSeq, deviceId).ops();
            }
        });
    }

    private RollbackResult rolledBack(Store store, List<EntryOp> ops, long toSeq, String deviceId) {
        for (int from = 0; from < ops.size(); from += EntryWrite.MAX_OPS) {
            List<EntryOp> part = ops.subList(from, Math.min(ops.size(), from + EntryWrite.MAX_OPS));
            try {
                String name = "rollback:" + toSeq + ":" + part.get(0).path();
                String opId = name.substring(0, Math.min(name.length(), 200));
                written(store, new EntryWrite(store.name, part, deviceId, opId, false, false));
            } catch (Refusing refusing) {
                throw new EntryRefusedException(refusing.refusal);
            }
        }
        return new RollbackResult(ops.size(), store.tree.seq);
    }

    private static NavigableMap<EntryPath, Entry> at(EntryPath path, Map<EntryPath, Entry> leaves) {
        NavigableMap<EntryPath, Entry> found = new TreeMap<>();
        leaves.forEach((leaf, entry) -> {
            if (leaf.equals(path) || path.isAncestorOf(leaf)) {
                found.put(leaf, entry);
            }
        });
        return found;
    }

    private static Map<EntryPath, EntryOp> sets(Map<EntryPath, Entry> leaves) {
        Map<EntryPath, EntryOp> sets = new HashMap<>();
        leaves.forEach((path, entry) -> sets.put(path, set(entry)));
        return sets;
    }

    private static EntryOp set(Entry entry) {
        EntryOp plain = EntryOp.set(entry.path(), entry.value());
        EntryOp labelled = plain.labelled(entry.type());
        return isCalledRightly(labelled) ? labelled : plain;
    }

    /** Sets the path; then one by one counters and sets, and what stood below other entries, which an object has no place for. */
    private static List<EntryOp> restoring(EntryPath path, NavigableMap<EntryPath, Entry> then) {
        Tree tree = new Tree();
        tree.leaves.putAll(then);
        Entry whole = tree.assembled(path);
        if (whole == null) {
            return List.of(EntryOp.delete(path));
        }
        Entry itself = then.get(path);
        List<EntryOp> ops = new ArrayList<>(List.of(itself == null ? EntryOp.set(path, whole.value()) : set(itself)));
        then.forEach((leaf, entry) -> {
            boolean below = then.keySet().stream().anyMatch(other -> other.isAncestorOf(leaf));
            if (!leaf.equals(path) && (below || set(entry).label() != null)) {
                ops.add(set(entry));
            }
        });
        return ops;
    }

    /** Deletes what did not stand there, then sets what differs. */
    private static List<EntryOp> restoringAll(Map<EntryPath, Entry> then, Map<EntryPath, Entry> now) {
        List<EntryOp> ops = new ArrayList<>();
        now.forEach((path, entry) -> {
            if (!then.containsKey(path)) {
                ops.add(EntryOp.delete(path));
            }
        });
        then.forEach((path, entry) -> {
            Entry other = now.get(path);
            if (other == null || !other.value().equals(entry.value())) {
                ops.add(set(entry));
            }
        });
        return ops;
    }

    @Override
    public synchronized CompletableFuture<Long> compact(String store, long throughSeq) {
        return answer(() -> {
            Store found = required(store);
            long through = Math.min(throughSeq, found.tree.seq);
            if (through > found.compactedSeq) {
                found.compactedSeq = through;
                found.compactedAt = Instant.ofEpochMilli(nowMillis.getAsLong());
            }
            return found.compactedSeq;
        });
    }

    @Override
    public synchronized CompletableFuture<EntryEventPage> events(String store, long after, int limit) {
        return answer(() -> {
            Store found = required(store);
            if (after < 0 || limit < 1 || limit > EntryQuery.MAX_LIMIT) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, "limit or after");
            }
            if (after < found.compactedSeq) {
                throw new VarveException(ErrorKind.COMPACTED, "the changes after " + after + " are not kept");
            }
            return new EntryEventPage(
                    found.events.stream()
                            .filter(event -> event.storeSeq() > after)
                            .limit(limit)
                            .toList(),
                    found.tree.seq);
        });
    }

    @Override
    public synchronized Subscription subscribe(String store, LongConsumer listener) {
        Store found = required(store);
        if (found.archived) {
            listener.accept(Long.MAX_VALUE);
            return () -> {};
        }
        Listening own = new Listening(listener);
        found.listeners.add(own);
        return () -> {
            synchronized (this) {
                found.listeners.remove(own);
            }
        };
    }

    private static <T> CompletableFuture<T> answer(Supplier<T> call) {
        try {
            return CompletableFuture.completedFuture(call.get());
        } catch (VarveException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
