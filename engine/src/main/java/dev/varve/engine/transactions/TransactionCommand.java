package dev.varve.engine.transactions;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.shard.Command;
import dev.varve.engine.shard.FacePart;
import dev.varve.engine.shard.FrameWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Joins a part of each face into one commit: all of them plan, and when nothing stands in the way of any, all are made and go into one
 * frame. So one transaction is in the log as a whole or not at all, and replay, which goes effect by effect, needs to know nothing of it.
 */
final class TransactionCommand extends Command {

    /** What the command weighs beside its parts. */
    private static final int FIXED_WEIGHT_BYTES = 1024;

    /**
     * What each face is to do; null where there is nothing.
     *
     * @param entries of entries
     * @param events of events
     * @param streams of streams
     */
    record Parts(
            @Nullable FacePart<EntryWriteResult> entries,
            @Nullable FacePart<EventAppendResult> events,
            @Nullable FacePart<AppendAllResult> streams) {

        List<FacePart<?>> all() {
            List<FacePart<?>> all = new ArrayList<>(3);
            for (FacePart<?> part : new FacePart<?>[] {entries, events, streams}) {
                if (part != null) {
                    all.add(part);
                }
            }
            return all;
        }
    }

    private final KeysFace keys;
    private final Stores stores;
    private final Supplier<UUID> freshId;
    private final String store;
    private final Transaction transaction;
    private final Split split;
    private final Parts parts;
    private final List<FacePart<?>> all;
    private final byte @Nullable [] fingerprint;
    final CompletableFuture<TransactionResult> future = new CompletableFuture<>();

    private Stores.@Nullable Creation creation;
    private @Nullable Keyed keyed;

    /** A transaction that came under the same key before. */
    private @Nullable Keyed before;

    private boolean loading;

    /** Whether the state was asked for the key, as long as memory has let go of nothing since. */
    private boolean loaded;

    private long askedAt;
    private long number = TransactionResult.NO_COMMIT;
    private @Nullable TransactionResult result;
    private @Nullable VarveException failure;

    TransactionCommand(
            KeysFace keys,
            Stores stores,
            Supplier<UUID> freshId,
            String store,
            Transaction transaction,
            Split split,
            Parts parts) {
        this.keys = keys;
        this.stores = stores;
        this.freshId = freshId;
        this.store = store;
        this.transaction = transaction;
        this.split = split;
        this.parts = parts;
        this.all = parts.all();
        this.fingerprint = transaction.key() == null ? null : Fingerprint.of(transaction);
    }

    @Override
    public int weightBytes() {
        int weight = FIXED_WEIGHT_BYTES;
        for (FacePart<?> part : all) {
            weight += part.weightBytes();
        }
        return weight;
    }

    /** Also those of faces without a part: the store may be created, and the key belongs to it. */
    @Override
    public List<String> keys() {
        Set<String> keysOfAll = new LinkedHashSet<>(Stores.keys(store));
        all.forEach(part -> keysOfAll.addAll(part.keys()));
        return List.copyOf(keysOfAll);
    }

    @Override
    public boolean freesSpace() {
        return transaction.key() == null && all.stream().allMatch(FacePart::freesSpace);
    }

    @Override
    public boolean spansFaces() {
        return true;
    }

    @Override
    public boolean prepare() {
        boolean ready = knowsKey();
        for (FacePart<?> part : all) {
            ready &= part.prepare();
        }
        return ready;
    }

    @Override
    public @Nullable CompletableFuture<?> leaves() {
        CompletableFuture<?> awaited = null;
        if (failure == null && !wasMadeBefore()) {
            for (int i = 0; i < all.size() && awaited == null; i++) {
                awaited = all.get(i).leaves();
            }
        }
        return awaited;
    }

    private boolean knowsKey() {
        String key = transaction.key();
        long known = stores.decided(store);
        if (loaded && before == null && askedAt != keys.retirements()) {
            loaded = false;
        }
        if (loading
                || loaded
                || failure != null
                || key == null
                || known == Stores.NONE
                || !keys.mayBeStored(known, key)) {
            return !loading;
        }
        loading = true;
        askedAt = keys.retirements();
        keys.load(
                known,
                key,
                found -> {
                    loading = false;
                    loaded = true;
                    before = found.orElse(null);
                },
                cause -> {
                    loading = false;
                    failure = cause;
                });
        return false;
    }

    // ---- deciding

    @Override
    public void decide(FrameWriter writer, long nowMillis) {
        if (failure == null && !wasMadeBefore() && plan(nowMillis)) {
            make(writer, nowMillis);
        }
    }

    private boolean wasMadeBefore() {
        String key = transaction.key();
        if (key == null) {
            return false;
        }
        Keyed recent = keys.find(stores.decided(store), key);
        before = recent == null ? before : recent;
        return before != null;
    }

    /** Has all faces plan, so that one refusal tells of all. */
    private boolean plan(long nowMillis) {
        failure = refusal();
        if (failure != null) {
            return false;
        }
        for (FacePart<?> part : all) {
            if (part.failure() == null) {
                part.plan(nowMillis);
            }
            if (part.failure() != null) {
                failure = part.failure();
                return false;
            }
        }
        List<Failure> failures = failures();
        if (!failures.isEmpty()) {
            result = new Refused(failures);
            return false;
        }
        return fits();
    }

    private @Nullable VarveException refusal() {
        if (stores.decided(store) != Stores.NONE) {
            return stores.refusal(store);
        }
        return transaction.createStore() ? stores.mayCreate(store) : Stores.notFound(store);
    }

    private List<Failure> failures() {
        Failures failures = new Failures(split);
        if (parts.entries != null && parts.entries.result() instanceof EntryWriteResult.Refused refused) {
            failures.add(refused);
        }
        if (parts.events != null) {
            switch (Objects.requireNonNull(parts.events.result())) {
                case EventAppendResult.Refused refused -> failures.add(refused);
                case EventAppendResult.Appended appended when appended.idempotent() -> failures.addRepeated(appended);
                case EventAppendResult.Appended _ -> {}
            }
        }
        if (parts.streams != null && parts.streams.result() instanceof AppendAllResult.RefusedAt refused) {
            failures.add(refused);
        }
        return failures.found();
    }

    private boolean fits() {
        long bytes = 0;
        for (FacePart<?> part : all) {
            bytes += part.plannedBytes();
        }
        String key = transaction.key();
        if (key != null && fingerprint != null) {
            long known = stores.decided(store);
            byte[] answer = AnswerFormat.encode(committed(), split);
            // The number of a store that is not there yet is known when it is made.
            keyed = new Keyed(known, keys.nextOrdinal(known), key, fingerprint, answer, TransactionResult.NO_COMMIT);
            bytes += keyed.encodedBytesAtMost();
        }
        if (bytes > FacePart.MAX_BYTES) {
            failure = FacePart.tooLarge(bytes);
            return false;
        }
        return true;
    }

    private void make(FrameWriter writer, long nowMillis) {
        if (stores.decided(store) == Stores.NONE) {
            creation = stores.create(store, freshId.get(), nowMillis);
        }
        if (keyed != null) {
            keyed = keyed.ofStore(stores.decided(store));
            keys.apply(keyed);
        }
        int size = (creation == null ? 0 : creation.encodedBytesAtMost())
                + (keyed == null ? 0 : keyed.encodedBytesAtMost());
        for (FacePart<?> part : all) {
            part.make(nowMillis);
            size += part.encodedBytesAtMost();
        }
        if (size == 0) {
            return;
        }
        ByteBuffer out = writer.begin(size);
        if (creation != null) {
            creation.encode(out);
        }
        for (FacePart<?> part : all) {
            if (part.encodedBytesAtMost() > 0) {
                part.encode(writer, out);
            }
        }
        if (keyed != null) {
            keyed.encode(out);
        }
        writer.end();
    }

    // ---- when it is durable

    @Override
    public void publish(long position, long end) {
        number = end;
        if (creation != null) {
            creation.publish();
        }
        for (FacePart<?> part : all) {
            if (part.encodedBytesAtMost() > 0) {
                part.publish(position, end);
            }
        }
        if (keyed != null) {
            keyed.commit = end;
            keys.publish(keyed);
        }
    }

    @Override
    public void answer() {
        if (failure != null) {
            future.completeExceptionally(failure);
        } else if (result != null) {
            future.complete(result);
        } else {
            future.complete(before == null ? committed() : again(before));
        }
        release();
    }

    private TransactionResult again(Keyed first) {
        return fingerprint != null && first.isOf(fingerprint)
                ? AnswerFormat.decode(first.answer, split, first.commit)
                : new Refused(
                        List.of(new Failure(-1, TransactionResult.KEY_REUSED, null, EntryValue.of(first.commit))));
    }

    private Committed committed() {
        List<AppendResult> streams =
                parts.streams != null && parts.streams.result() instanceof AppendAllResult.AppendedAll appended
                        ? appended.results()
                        : List.of();
        return new Committed(
                number,
                parts.entries != null && parts.entries.result() instanceof EntryWriteResult.Written written
                        ? written
                        : null,
                parts.events != null && parts.events.result() instanceof EventAppendResult.Appended appended
                        ? appended
                        : null,
                streams,
                false);
    }

    @Override
    public void fail(VarveException cause) {
        future.completeExceptionally(cause);
        release();
    }

    private void release() {
        all.forEach(FacePart::release);
    }
}
