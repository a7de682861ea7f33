package dev.varve.spring;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Subscription;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.Moment;
import dev.varve.api.spi.Transport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Another transport, whose calls are timed. Thread-safe. */
final class MeteredTransport implements Transport {

    private final Transport transport;
    private final OperationTimers timers;

    MeteredTransport(Transport transport, OperationTimers timers) {
        this.transport = transport;
        this.timers = timers;
    }

    private <T> T timed(Operation operation, Supplier<T> call) {
        return timers.timed(operation, kind(), call);
    }

    @Override
    public Kind kind() {
        return transport.kind();
    }

    @Override
    public String store() {
        return transport.store();
    }

    @Override
    public RecordFeeds feeds() {
        return transport.feeds();
    }

    // ---- writes

    @Override
    public EntryWriteResult write(List<EntryOp> ops) {
        return timers.timed(Operation.RECORDS_WRITE, kind(), () -> transport.write(ops), MeteredTransport::refusal);
    }

    /** What whoever writes records is told of a refusal. */
    private static @Nullable ErrorKind refusal(EntryWriteResult result) {
        return result instanceof EntryWriteResult.Refused refused ? new EntryRefusedException(refused).kind() : null;
    }

    // ---- reads

    @Override
    public Optional<Entry> get(EntryPath path) {
        return timed(Operation.RECORDS_GET, () -> transport.get(path));
    }

    @Override
    public Optional<EntryValue> read(EntryPath path) {
        return timed(Operation.RECORDS_READ, () -> transport.read(path));
    }

    @Override
    public boolean exists(EntryPath path) {
        return timed(Operation.RECORDS_EXISTS, () -> transport.exists(path));
    }

    @Override
    public Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        return timed(Operation.RECORDS_GET_ALL, () -> transport.getAll(paths));
    }

    @Override
    public EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        return timed(Operation.RECORDS_PAGE, () -> transport.page(pattern, after, limit));
    }

    /** Timed until the first entries are there: how long the rest takes is up to whoever reads. */
    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        return timed(Operation.RECORDS_LIST, () -> transport.list(pattern));
    }

    @Override
    public Optional<Moment> now(EntryPattern pattern) {
        return timed(Operation.RECORDS_NOW, () -> transport.now(pattern));
    }

    // ---- changes

    @Override
    public Subscription subscribe(EntryPattern pattern, CommitListener listener) {
        return timed(Operation.RECORDS_SUBSCRIBE, () -> transport.subscribe(pattern, listener));
    }
}
