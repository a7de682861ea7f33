package dev.varve.testkit;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.Varve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What transactions come to, by brute force: a transaction is tried on models of all faces to which everything that was accepted before
 * is done once more, and counts if none of them refuses. Of refusals it only says which part. Confined to one test.
 */
final class ModelTransactions {

    private final String store;
    private final List<String> streams;
    private final List<Transaction> accepted = new ArrayList<>();
    private final Map<String, Transaction> keys = new HashMap<>();

    ModelTransactions(String store, List<String> streams) {
        this.store = store;
        this.streams = streams;
    }

    /** A model of each face. */
    private static final class Faces {
        final ModelEntryStorage entries = new ModelEntryStorage(System::currentTimeMillis);
        final ModelEventStorage events = new ModelEventStorage(System::currentTimeMillis);
        final ModelStreamStorage streams = new ModelStreamStorage();
    }

    /** What a transaction comes to; of a refusal, the parts that are in the way. */
    record Outcome(@Nullable Committed committed, List<Integer> inTheWay) {}

    Outcome commit(Transaction transaction) {
        Outcome outcome = run(faces(), transaction);
        if (outcome.committed != null) {
            accepted.add(transaction);
            if (transaction.key() != null) {
                keys.put(transaction.key(), transaction);
            }
        }
        return outcome;
    }

    @Nullable Transaction under(String key) {
        return keys.get(key);
    }

    /** Everything as it should be. */
    TransactionProbe.Everything everything(TransactionProbe probe) {
        Faces faces = faces();
        return probe.everything(new ModelVarve(faces.entries, faces.events, faces.streams), streams);
    }

    private Faces faces() {
        Faces faces = new Faces();
        for (String stream : streams) {
            faces.streams
                    .create(CreateRequest.of(stream, StreamConfig.of("text/plain")))
                    .join();
        }
        accepted.forEach(transaction -> run(faces, transaction));
        return faces;
    }

    private Outcome run(Faces faces, Transaction transaction) {
        List<EntryOp> ops = new ArrayList<>();
        EventAppend.Builder events = EventAppend.builder();
        boolean hasEvents = false;
        List<AppendRequest> appends = new ArrayList<>();
        List<Integer> opIndexes = new ArrayList<>();
        List<Integer> checkIndexes = new ArrayList<>();
        List<Integer> appendIndexes = new ArrayList<>();
        int condition = -1;
        int tracking = -1;
        for (int i = 0; i < transaction.parts().size(); i++) {
            Transaction.Part part = transaction.parts().get(i);
            if (part instanceof Transaction.Entry entry) {
                ops.add(entry.op());
                opIndexes.add(i);
            } else if (part instanceof Transaction.Append append) {
                appends.add(append.request());
                appendIndexes.add(i);
            } else if (part instanceof Transaction.Event event) {
                hasEvents = true;
                if (event.aggregate() == null) {
                    events.event(event.event());
                } else {
                    events.event(event.aggregate(), event.event());
                }
            } else if (part instanceof Transaction.Check check) {
                hasEvents = true;
                events.check(check.aggregate(), check.expected());
                checkIndexes.add(i);
            } else if (part instanceof Transaction.Condition one) {
                events.condition(one.condition());
                condition = i;
            } else if (part instanceof Transaction.Tracking one) {
                events.tracking(one.tracking().source(), one.tracking().position());
                tracking = i;
            }
        }
        List<Integer> inTheWay = new ArrayList<>();
        EntryWriteResult entries = ops.isEmpty()
                ? null
                : faces.entries
                        .write(new EntryWrite(store, ops, "model", "model", false, true))
                        .join();
        if (entries instanceof EntryWriteResult.Refused refused) {
            inTheWay.add(opIndexes.get(refused.index()));
        }
        EventAppendResult appended =
                hasEvents ? faces.events.append(store, events.build(), true).join() : null;
        if (appended instanceof EventAppendResult.Refused refused) {
            switch (refused.reason()) {
                case CONDITION_FAILED -> inTheWay.add(condition);
                case TRACKING_NOT_INCREASING -> inTheWay.add(tracking);
                default -> refused.violations().forEach(violation -> inTheWay.add(checkIndexes.get(violation.index())));
            }
        }
        AppendAllResult streamed =
                appends.isEmpty() ? null : faces.streams.appendAll(appends).join();
        if (streamed instanceof AppendAllResult.RefusedAt refused) {
            inTheWay.add(appendIndexes.get(refused.index()));
        }
        if (!inTheWay.isEmpty()) {
            return new Outcome(null, inTheWay);
        }
        List<AppendResult> results = streamed instanceof AppendAllResult.AppendedAll all ? all.results() : List.of();
        return new Outcome(
                new Committed(
                        TransactionResult.NO_COMMIT,
                        (EntryWriteResult.Written) entries,
                        (EventAppendResult.Appended) appended,
                        results,
                        false),
                List.of());
    }

    static List<Integer> indexes(Refused refused) {
        return refused.failures().stream().map(TransactionResult.Failure::index).toList();
    }

    /** The models as a Varve. */
    private record ModelVarve(ModelEntryStorage entries, ModelEventStorage events, ModelStreamStorage model)
            implements Varve {

        @Override
        public Streams streams() {
            return Streams.over(model);
        }

        @Override
        public Store store(String name) {
            return Store.over(entries, events, name, new RecordFeeds());
        }

        @Override
        public void close() {}
    }
}
