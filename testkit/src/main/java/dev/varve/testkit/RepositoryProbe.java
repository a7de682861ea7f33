package dev.varve.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entries;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.spi.Transport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** A store under test with the words that tests of records use. Thread-safe, as far as the store is. */
final class RepositoryProbe {

    private final Function<String, Store> stores;
    private final Function<Runnable, List<String>> logs;
    private final Store store;
    private final Entries others;

    RepositoryProbe(Function<String, Store> stores, Consumer<Store> settle, Function<Runnable, List<String>> logs) {
        this.stores = stores;
        this.logs = logs;
        this.store = stores.apply(EntryProbe.STORE);
        this.others = settled(store.entries(), () -> settle.accept(store));
    }

    /** Entries after each of whose calls something is waited for. */
    private static Entries settled(Entries entries, Runnable settle) {
        return (Entries) Proxy.newProxyInstance(
                Entries.class.getClassLoader(), new Class<?>[] {Entries.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(entries, arguments);
                        settle.run();
                        return result;
                    } catch (InvocationTargetException e) {
                        throw requireNonNull(e.getCause());
                    }
                });
    }

    Store store() {
        return store;
    }

    Store store(String name) {
        return stores.apply(name);
    }

    /** The entries by another way than that of the repositories. What is written to them is there for those afterwards. */
    Entries entries() {
        return others;
    }

    <T extends Record & Sample<T>> Repository<T> of(Samples<T> samples) {
        return store.repository(samples.type());
    }

    /** Somebody else writes an entry. */
    void set(Samples<?> samples, String below, @Nullable Object plain) {
        entries().set(samples.path(below), EntryProbe.value(plain));
    }

    /** Whether nobody has written to the store. Where its entries are kept in step it is there none the less. */
    boolean isUntouched() {
        return storeSeq() == 0 && (store.info().isEmpty() || store.transport().kind() == Transport.Kind.LIVE);
    }

    boolean exists(Samples<?> samples, String below) {
        return entries().get(samples.path(below)).isPresent();
    }

    /** How often the store was written to. */
    long storeSeq() {
        return store.info().map(StoreInfo::storeSeq).orElse(0L);
    }

    /** Refuses a write and changes nothing. */
    Refused refused(Reason reason, ThrowingCallable write) {
        long before = storeSeq();
        EntryRefusedException refused = catchThrowableOfType(EntryRefusedException.class, write);
        assertThat(refused).as("a refusal").isNotNull();
        assertThat(refused.refusal().reason()).isEqualTo(reason);
        assertThat(storeSeq()).isEqualTo(before);
        return refused.refusal();
    }

    /** Throws what is the program's mistake, and sends nothing. */
    <E extends RuntimeException> E wrong(Class<E> type, ThrowingCallable write) {
        long before = storeSeq();
        E thrown = catchThrowableOfType(type, write);
        assertThat(thrown).as("a " + type.getSimpleName()).isNotNull();
        assertThat(storeSeq()).isEqualTo(before);
        return thrown;
    }

    /** What is logged for users of repositories while something runs, each line after its level. */
    List<String> warnings(Runnable task) {
        return logs.apply(task);
    }
}
