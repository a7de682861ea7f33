package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.Store;
import dev.varve.api.VarveException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** A store under test with the words that tests use. Thread-safe, as far as the store is. */
final class EntriesProbe {

    /** The store that most tests write to; the first write creates it. */
    static final String STORE = "acme/app";

    private final Function<String, Store> stores;
    private final Store store;

    EntriesProbe(Function<String, Store> stores) {
        this.stores = stores;
        this.store = stores.apply(STORE);
    }

    Store store() {
        return store;
    }

    Store store(String name) {
        return stores.apply(name);
    }

    Entries entries() {
        return store.entries();
    }

    // ---- words

    /** A value in an envelope. */
    static EntryValue typed(String type, String text) {
        Map<String, EntryValue> envelope = new LinkedHashMap<>();
        envelope.put("_type", EntryValue.of(type));
        envelope.put("_typed", EntryValue.of(text));
        return new EntryValue.Fields(envelope);
    }

    // ---- writing

    /** Makes one change and gives its sequence number. */
    long wrote(EntryOp op) {
        return entries().write(op).storeSeq();
    }

    long set(String path, @Nullable Object plain) {
        return entries().set(EntryProbe.path(path), EntryProbe.value(plain));
    }

    Applied applied(EntryOp op) {
        List<Applied> ops = entries().write(op).ops();
        assertThat(ops).hasSize(1);
        return ops.get(0);
    }

    /** Is refused, as a result and as an exception alike. */
    Refused refused(Reason reason, EntryOp... ops) {
        EntryWriteResult result = entries().write(Arrays.asList(ops));
        assertThat(result).isInstanceOf(Refused.class);
        Refused refusal = (Refused) result;
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.path()).isEqualTo(ops[refusal.index()].path());
        EntryRefusedException thrown = catchThrowableOfType(
                EntryRefusedException.class, () -> entries().write(ops));
        assertThat(thrown).isNotNull();
        assertThat(thrown.refusal()).isEqualTo(refusal);
        return refusal;
    }

    /** Fails for good, with a kind. */
    static void fails(ErrorKind kind, ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("a failure of kind " + kind).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
        assertThat(failure.getMessage()).isNotBlank();
    }

    // ---- reading

    Entry get(String path) {
        return entries().get(EntryProbe.path(path)).orElseThrow(() -> new AssertionError("nothing at " + path));
    }

    boolean exists(String path) {
        return entries().get(EntryProbe.path(path)).isPresent();
    }

    /** What stands at a path is this. */
    void holds(String path, @Nullable Object plain) {
        assertThat(get(path).value()).as(path).isEqualTo(EntryProbe.value(plain));
    }

    long revision(String path) {
        return get(path).revision();
    }

    static List<String> paths(Stream<Entry> entries) {
        return entries.map(entry -> entry.path().toString()).toList();
    }

    List<String> paths(String pattern) {
        return paths(entries().list(EntryProbe.pattern(pattern)));
    }
}
