package dev.varve.api;

import java.util.ArrayList;
import java.util.List;

/** Sends changes of records, all by one atomic write. Thread-safe. */
final class RecordWriter {

    private final Store store;

    RecordWriter(Store store) {
        this.store = store;
    }

    RecordReceipt write(RecordChange change) {
        return write(List.of(change)).changes().get(0);
    }

    /**
     * Makes all changes or none; sends nothing when there are none to make.
     *
     * @throws EntryRefusedException with the index of the change, and the path at which it was refused
     */
    BatchResult write(List<RecordChange> changes) {
        List<EntryOp> ops = new ArrayList<>();
        changes.forEach(change -> ops.addAll(change.ops()));
        if (ops.isEmpty()) {
            return result(changes, new EntryWriteResult.Written(List.of(), 0));
        }
        EntryWriteResult result = store.transport().write(ops);
        if (result instanceof EntryWriteResult.Refused refused) {
            throw new EntryRefusedException(new EntryWriteResult.Refused(
                    refused.reason(), changeOf(refused.index(), changes), refused.path(), refused.currentRevision()));
        }
        return result(changes, (EntryWriteResult.Written) result);
    }

    private static int changeOf(int op, List<RecordChange> changes) {
        int change = 0;
        for (int end = changes.get(0).ops().size(); op >= end && change < changes.size() - 1; ) {
            change++;
            end += changes.get(change).ops().size();
        }
        return change;
    }

    private static BatchResult result(List<RecordChange> changes, EntryWriteResult.Written written) {
        List<RecordReceipt> receipts = new ArrayList<>(changes.size());
        int end = 0;
        for (RecordChange change : changes) {
            end += change.ops().size();
            receipts.add(
                    change.ops().isEmpty()
                            ? new RecordReceipt(change.path(), 0, 0, false)
                            : new RecordReceipt(
                                    change.path(), written.ops().get(end - 1).storeSeq(), written.storeSeq(), true));
        }
        return new BatchResult(receipts, written.storeSeq());
    }
}
