package dev.varve.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.CommitPage;
import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.StoredEvent;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store under test with the words that tests of transactions use. Thread-safe, as far as the store is. */
final class TransactionProbe {

    static final AggregateId A = new AggregateId("order", "a");
    static final AggregateId B = new AggregateId("order", "b");
    static final EntryPath X = EntryPath.of("x");
    static final EntryPath Y = EntryPath.of("y");

    private static final AtomicLong STORES = new AtomicLong();

    private final Supplier<Varve> varve;
    private final Runnable comeBack;
    private final String name = "acme/app-" + STORES.incrementAndGet();
    private final AtomicLong events = new AtomicLong();
    private final Set<String> streams = new TreeSet<>();
    private long lastCommit = TransactionResult.NO_COMMIT;

    TransactionProbe(Supplier<Varve> varve, Runnable comeBack) {
        this.varve = varve;
        this.comeBack = comeBack;
    }

    /** Lets the Varve come back with what it has stored, or skips the test when it keeps nothing. */
    void reopen() {
        comeBack.run();
    }

    Varve varve() {
        return varve.get();
    }

    Store store() {
        return varve().store(name);
    }

    String name() {
        return name;
    }

    // ---- words

    static EntryValue value(String text) {
        return EntryValue.of(text);
    }

    static EntryOp set(EntryPath path, String text) {
        return EntryOp.set(path, EntryValue.of(text));
    }

    static EntryOp increment(EntryPath path) {
        return EntryOp.of(EntryOp.Kind.INCREMENT, path, EntryValue.of(1));
    }

    static EntryOp check(EntryPath path) {
        return EntryOp.of(EntryOp.Kind.CHECK, path, null);
    }

    /** An event with an id and data of its own. */
    NewEvent event(String type, String... tags) {
        return NewEvent.json(type, "{\"n\":" + events.incrementAndGet() + "}").withTags(tags);
    }

    /** The path of a stream of the store, which is made if it is not there. */
    String stream(String below) {
        String path = name + "/" + below;
        if (streams.add(path)) {
            varve().streams().create(path, StreamConfig.of("text/plain"));
        }
        return path;
    }

    AppendRequest line(String below, String text) {
        return AppendRequest.of(stream(below), "text/plain", (text + "\n").getBytes(UTF_8));
    }

    static Transaction.Builder transaction() {
        return Transaction.builder();
    }

    static Failure failure(int index, String kind, @Nullable Object expected, @Nullable Object actual) {
        return new Failure(index, kind, small(expected), small(actual));
    }

    private static @Nullable EntryValue small(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        return value instanceof Number number ? EntryValue.of(number.longValue()) : EntryValue.of(value.toString());
    }

    // ---- committing

    TransactionResult send(Transaction transaction) {
        return joined(store().transactions().commit(name, transaction));
    }

    private static <T> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException failure ? failure : e;
        }
    }

    /** A transaction that nobody else writes beside, and that writes something. */
    Committed commit(Transaction.Builder transaction) {
        Committed committed = committed(send(transaction.build()));
        assertThat(committed.replayed()).as("replayed").isFalse();
        assertThat(committed.number()).as("commit").isGreaterThan(lastCommit);
        lastCommit = committed.number();
        return committed;
    }

    static Committed committed(TransactionResult result) {
        assertThat(result).isInstanceOf(Committed.class);
        return (Committed) result;
    }

    /** A transaction that is refused for these reasons and no others, and leaves everything as it was. */
    void refused(Transaction.Builder transaction, Failure... failures) {
        Everything before = everything();
        TransactionResult result = send(transaction.build());
        assertThat(result).isEqualTo(new Refused(Arrays.asList(failures)));
        assertThat(everything()).isEqualTo(before);
    }

    /** A transaction that fails and leaves everything as it was. */
    void fails(ErrorKind kind, Transaction.Builder transaction) {
        Everything before = everything();
        VarveException failure = catchThrowableOfType(VarveException.class, () -> send(transaction.build()));
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(everything()).isEqualTo(before);
    }

    // ---- commits

    /** The number of the last commit, as the store tells it. */
    long lastCommit() {
        return joined(store().transactions().lastCommit(name));
    }

    /** The same, as reading all of them shows it. */
    long newestCommit() {
        CommitPage page = store().commits(0, 100);
        while (page.hasMore()) {
            page = store().commits(page.next(), 100);
        }
        return page.next();
    }

    // ---- reading

    /** All that the store holds, and its streams. */
    record Everything(
            long storeSeq, List<Entry> entries, List<StoredEvent> events, Map<String, List<String>> streams) {}

    Everything everything() {
        return everything(varve(), streams);
    }

    /** The same of another Varve. */
    Everything everything(Varve other, Collection<String> paths) {
        Store store = other.store(name);
        long storeSeq = store.info().map(StoreInfo::storeSeq).orElse(-1L);
        List<Entry> entries = storeSeq < 0
                ? List.of()
                : store.entries().list(EntryPattern.ALL).toList();
        List<StoredEvent> stored = store.events().stream(EventRead.all()).toList();
        Map<String, List<String>> contents = new TreeMap<>();
        for (String path : paths) {
            List<String> lines =
                    new ArrayList<>(text(other.streams(), path).lines().toList());
            lines.add("closed: "
                    + other.streams().find(path).map(StreamMetadata::closed).orElse(null));
            contents.put(path, lines);
        }
        return new Everything(storeSeq, entries, stored, contents);
    }

    private static String text(Streams streams, String path) {
        StringBuilder text = new StringBuilder();
        ReadResult.Page page = streams.read(path, Offset.BEGINNING);
        text.append(UTF_8.decode(page.data().duplicate()));
        while (page.hasMore()) {
            page = streams.read(path, page.next());
            text.append(UTF_8.decode(page.data().duplicate()));
        }
        return text.toString();
    }

    List<String> lines(String below) {
        List<String> lines = everything().streams.getOrDefault(name + "/" + below, List.of(""));
        return lines.subList(0, lines.size() - 1);
    }

    /** All changes of entries. */
    List<EntryEvent> changes() {
        return store().entries().events(0, 1_000).events();
    }

    @Nullable EntryValue at(EntryPath path) {
        return store().entries().get(path).map(Entry::value).orElse(null);
    }

    List<String> types() {
        return everything().events.stream().map(StoredEvent::type).toList();
    }
}
