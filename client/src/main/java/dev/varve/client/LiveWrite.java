package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A write that waits for its answer. What changes is guarded by the lock of its {@link LiveOutbox}'s owner. */
final class LiveWrite {

    /** It was never sent. */
    static final long NEVER = -1;

    final String name;
    final List<EntryOp> ops;
    /** Whether nobody waits for it. */
    final boolean enqueued;

    final CompletableFuture<EntryWriteResult> answer = new CompletableFuture<>();
    private final @Nullable EntryValue[] values;
    /** How large it is on its way. */
    final int bytes;
    /** The last change that the copy knew when it was first sent, or {@link #NEVER}. */
    long sentAfter = NEVER;
    /** Whether it was sent more than once, so that an answer is about the last time only. */
    boolean sentAgain;
    /** Whether changes were passed over since then, so that it may have been made unseen. */
    boolean passedOver;
    /** What its answer on this connection will be to; null while it is not under way. */
    @Nullable String ref;

    LiveWrite(String name, List<EntryOp> ops, boolean enqueued) {
        this.name = name;
        this.ops = List.copyOf(ops);
        this.enqueued = enqueued;
        this.values = new @Nullable EntryValue[ops.size()];
        this.bytes = LiveWriteText.of(this).length;
    }

    boolean wasSent() {
        return sentAfter != NEVER;
    }

    static boolean takesNumber(EntryOp op) {
        return op.kind() != EntryOp.Kind.CHECK;
    }

    /** The index of a change of this write that was told, from its name. */
    private int index(String clientOpId) {
        if (ops.size() == 1) {
            return 0;
        }
        try {
            int index = Integer.parseInt(clientOpId.substring(clientOpId.lastIndexOf(':') + 1));
            return index >= 0 && index < ops.size() ? index : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Notes what a change of it came to. */
    void told(EntryChange change) {
        int index = index(change.clientOpId());
        if (index >= 0) {
            values[index] = change.value();
        }
    }

    /** What a change came to, as far as it was told or the change says it itself. */
    @Nullable EntryValue valueOf(int index) {
        return switch (ops.get(index).kind()) {
            case SET, MERGE -> ops.get(index).value();
            case INCREMENT, ADD, REMOVE -> values[index];
            default -> null;
        };
    }

    /** That it was made, as one of its changes tells. The changes of a write have numbers that follow one another. */
    Written written(EntryChange told, long storeSeq) {
        long first = told.storeSeq();
        for (int i = index(told.clientOpId()) - 1; i >= 0; i--) {
            first -= takesNumber(ops.get(i)) ? 1 : 0;
        }
        long next = first;
        List<Applied> applied = new ArrayList<>(ops.size());
        for (int i = 0; i < ops.size(); i++) {
            boolean made = takesNumber(ops.get(i));
            applied.add(new Applied(ops.get(i).path(), made ? next : next - 1, made, valueOf(i)));
            next += made ? 1 : 0;
        }
        return new Written(applied, storeSeq);
    }
}
