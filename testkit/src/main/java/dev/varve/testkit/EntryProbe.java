package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A storage of entries under test with the words that tests use: it waits for answers and checks what every answer must
 * fulfil. Thread-safe, as far as the storage is.
 */
final class EntryProbe {

    /** The store that most tests write to; the first write creates it. */
    static final String STORE = "acme/app";

    private final Bench<EntryStorage> bench;
    private final AtomicLong writes = new AtomicLong();
    private volatile EntryStorage storage;

    EntryProbe(EntryStorage storage, Bench<EntryStorage> bench) {
        this.storage = storage;
        this.bench = bench;
    }

    EntryStorage storage() {
        return storage;
    }

    /** Moves the storage's time, or skips the test when that cannot be done. */
    void advance(Duration duration) {
        bench.advance(duration);
    }

    /** Lets the storage come back with what it has stored, or skips the test when it keeps nothing. */
    void reopen() {
        try {
            storage = bench.reopen();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the storage did not come back", e);
        }
    }

    // ---- words

    static EntryPath path(String written) {
        return EntryPath.parse(written);
    }

    static EntryPattern pattern(String written) {
        return EntryPattern.parse(written);
    }

    /** A value of what Java has for it: text, numbers, truth, null, lists and maps with names of fields. */
    static EntryValue value(@Nullable Object plain) {
        if (plain == null) {
            return new EntryValue.Null();
        }
        if (plain instanceof EntryValue already) {
            return already;
        }
        if (plain instanceof String text) {
            return EntryValue.of(text);
        }
        if (plain instanceof Integer || plain instanceof Long) {
            return EntryValue.of(((Number) plain).longValue());
        }
        if (plain instanceof BigDecimal || plain instanceof Double) {
            return new EntryValue.Fraction(new BigDecimal(plain.toString()));
        }
        if (plain instanceof Boolean truth) {
            return EntryValue.of(truth);
        }
        if (plain instanceof List<?> items) {
            return new EntryValue.Items(items.stream().map(EntryProbe::value).toList());
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        ((Map<?, ?>) plain).forEach((name, field) -> fields.put((String) name, value(field)));
        return new EntryValue.Fields(fields);
    }

    /** Refers to a file with this content. */
    static EntryValue file(String content) {
        return reference(content).toValue();
    }

    static FileReference reference(String content) {
        byte[] bytes = content.getBytes(UTF_8);
        return new FileReference(ModelFiles.hash(bytes), bytes.length, "text/plain", null, null);
    }

    /** Stores a file that no entry refers to yet, byte by byte or whole. */
    FileReference store(byte[] content, int pieceBytes) {
        return store(storage, STORE, content, pieceBytes);
    }

    static FileReference store(EntryStorage storage, String store, byte[] content, int pieceBytes) {
        try (FileUpload upload = storage.upload(store, Long.MAX_VALUE)) {
            for (int from = 0; from < content.length; from += pieceBytes) {
                int to = Math.min(content.length, from + pieceBytes);
                assertThat(await(upload.append(ByteBuffer.wrap(content, from, to - from))))
                        .isEqualTo(to);
            }
            return await(upload.finish("text/plain", null));
        }
    }

    FileReference store(String content) {
        return store(content.getBytes(UTF_8), Integer.MAX_VALUE);
    }

    /** The whole of a file, as whoever reaches some stores reads it. */
    static byte[] read(EntryStorage storage, String hash, Predicate<StoreInfo> reachable) {
        try (FileContent content = await(storage.file(hash, reachable))) {
            byte[] read = new byte[(int) content.reference().size()];
            int length = 0;
            for (ByteBuffer piece = await(content.read(0, 1 << 20));
                    piece.hasRemaining();
                    piece = await(content.read(length, 1 << 20))) {
                int more = piece.remaining();
                piece.duplicate().get(read, length, more);
                length += more;
            }
            assertThat(length).isEqualTo(read.length);
            return read;
        }
    }

    String read(FileReference file) {
        return new String(read(storage, file.hash(), store -> store.name().equals(STORE)), UTF_8);
    }

    static EntryOp set(String path, @Nullable Object plain) {
        return EntryOp.set(path(path), value(plain));
    }

    static EntryOp delete(String path) {
        return EntryOp.delete(path(path));
    }

    static EntryOp merge(String path, Map<String, ?> fields) {
        return EntryOp.of(EntryOp.Kind.MERGE, path(path), value(fields));
    }

    static EntryOp increment(String path, Object delta) {
        return EntryOp.of(EntryOp.Kind.INCREMENT, path(path), value(delta));
    }

    static EntryOp add(String path, Object member) {
        return EntryOp.of(EntryOp.Kind.ADD, path(path), value(member));
    }

    static EntryOp remove(String path, Object member) {
        return EntryOp.of(EntryOp.Kind.REMOVE, path(path), value(member));
    }

    static EntryOp putFile(String path, String content) {
        return EntryOp.of(EntryOp.Kind.PUT_FILE, path(path), file(content));
    }

    static EntryOp putFile(String path, FileReference file) {
        return EntryOp.of(EntryOp.Kind.PUT_FILE, path(path), file.toValue());
    }

    static EntryOp check(String path) {
        return EntryOp.of(EntryOp.Kind.CHECK, path(path), null);
    }

    static EntryOp acquire(String path, String holder, long ttlMillis) {
        return EntryOp.lease(EntryOp.Kind.LEASE, path(path), new EntryOp.LeaseTerms(ttlMillis, holder, null));
    }

    static EntryOp renew(String path, long token, long ttlMillis) {
        return EntryOp.lease(EntryOp.Kind.RENEW, path(path), new EntryOp.LeaseTerms(ttlMillis, null, token));
    }

    static EntryOp release(String path, long token) {
        return EntryOp.lease(EntryOp.Kind.RELEASE, path(path), new EntryOp.LeaseTerms(0, null, token));
    }

    // ---- writing

    CompletableFuture<EntryWriteResult> start(EntryOp... ops) {
        return storage.write(
                new EntryWrite(STORE, List.of(ops), "device", "op" + writes.incrementAndGet(), false, true));
    }

    EntryWriteResult write(EntryOp... ops) {
        return await(start(ops));
    }

    Written written(EntryOp... ops) {
        return written(write(ops), ops.length);
    }

    static Written written(EntryWriteResult result, int ops) {
        assertThat(result).isInstanceOf(Written.class);
        Written written = (Written) result;
        assertThat(written.ops()).hasSize(ops);
        return written;
    }

    Written writtenOnce(String device, String name, EntryOp... ops) {
        return written(await(storage.write(new EntryWrite(STORE, List.of(ops), device, name, true, true))), ops.length);
    }

    /** Makes one change and gives its sequence number. */
    long wrote(EntryOp op) {
        return written(op).storeSeq();
    }

    Refused refused(EntryWriteResult.Reason reason, EntryOp... ops) {
        EntryWriteResult result = write(ops);
        assertThat(result).isInstanceOf(Refused.class);
        Refused refusal = (Refused) result;
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.path()).isEqualTo(ops[refusal.index()].path());
        return refusal;
    }

    /** Fails for good, with a kind. */
    static void fails(ErrorKind kind, Supplier<CompletableFuture<?>> call) {
        VarveException failure = catchThrowableOfType(VarveException.class, () -> await(call.get()));
        assertThat(failure).as("a failure of kind " + kind).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
        assertThat(failure.getMessage()).isNotBlank();
    }

    // ---- reading

    long storeSeq() {
        return storage.store(STORE).orElseThrow().storeSeq();
    }

    Optional<Entry> find(String path) {
        return await(storage.get(STORE, path(path)));
    }

    Entry get(String path) {
        return find(path).orElseThrow(() -> new AssertionError("nothing at " + path));
    }

    boolean exists(String path) {
        return find(path).isPresent();
    }

    /** What stands at a path is this. */
    void holds(String path, @Nullable Object plain) {
        assertThat(get(path).value()).as(path).isEqualTo(value(plain));
    }

    long revision(String path) {
        return get(path).revision();
    }

    EntryPage page(EntryQuery query) {
        EntryPage page = await(storage.list(query));
        assertThat(page.entries()).hasSizeLessThanOrEqualTo(query.limit());
        if (page.next() != null) {
            assertThat(page.entries().get(page.entries().size() - 1).path()).isEqualTo(page.next());
        }
        return page;
    }

    /** All paths that a query means, page by page. */
    List<String> paths(EntryQuery query) {
        List<String> paths = new ArrayList<>();
        for (EntryPath after = query.after(); ; ) {
            EntryPage page = page(query.withAfter(after));
            page.entries().forEach(entry -> paths.add(entry.path().toString()));
            after = page.next();
            if (after == null) {
                return paths;
            }
        }
    }

    List<String> paths(String pattern) {
        return paths(EntryQuery.matching(STORE, pattern(pattern)));
    }

    EntryEventPage eventPage(long after, int limit) {
        return await(storage.events(STORE, after, limit));
    }

    /** All changes after one, without gap. */
    List<EntryEvent> events(long after) {
        List<EntryEvent> all = new ArrayList<>();
        long last = after;
        while (true) {
            EntryEventPage page = eventPage(last, EntryQuery.MAX_LIMIT);
            for (EntryEvent event : page.events()) {
                assertThat(event.storeSeq()).isEqualTo(last + 1);
                last++;
            }
            all.addAll(page.events());
            if (last >= page.storeSeq()) {
                return all;
            }
            assertThat(page.events()).as("changes before the last one").isNotEmpty();
        }
    }

    List<EntryEvent> events() {
        return events(0);
    }
}
