package dev.varve.client;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes entries of one store. A write is sent once. One that makes no sense whatever the store holds is refused without being
 * sent, by its first such change. Thread-safe.
 */
final class HttpEntryWrites {

    private static final Set<EntryOp.Kind> LEASES =
            Set.of(EntryOp.Kind.LEASE, EntryOp.Kind.RENEW, EntryOp.Kind.RELEASE);

    private final StoreCalls calls;
    private final EntryUrls urls;
    private final HttpEntryReads reads;

    HttpEntryWrites(StoreCalls calls, EntryUrls urls, HttpEntryReads reads) {
        this.calls = calls;
        this.urls = urls;
        this.reads = reads;
    }

    EntryWriteResult write(List<EntryOp> ops) {
        if (ops.isEmpty() || ops.size() > EntryWrite.MAX_OPS) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "a write makes 1 to " + EntryWrite.MAX_OPS + " changes, this one " + ops.size());
        }
        for (int i = 0; i < ops.size(); i++) {
            EntryOp op = ops.get(i);
            Reason broken = EntryOpRules.broken(op);
            if (broken != null) {
                return new Refused(broken, i, op.path(), null);
            }
            requireSupported(op, ops.size() == 1);
        }
        EntryOp first = ops.get(0);
        return LEASES.contains(first.kind()) ? lease(first) : batch(ops);
    }

    /**
     * Refuses what the routes of writes do not take.
     *
     * @param lease whether it may be about a lease
     */
    static void requireSupported(EntryOp op, boolean lease) {
        if (op.kind() == EntryOp.Kind.PUT_FILE) {
            throw notSupported("an entry is not made to refer to a file that is stored already: use putFile");
        }
        if (op.label() != null) {
            throw notSupported("a value is not set as a counter or a set: use increment and add");
        }
        if (LEASES.contains(op.kind()) && !lease) {
            throw notSupported("a lease is changed by a write of its own");
        }
        if (LEASES.contains(op.kind()) && op.fence() != null) {
            throw notSupported("a change of a lease takes no fence");
        }
    }

    private static VarveException notSupported(String what) {
        return new VarveException(ErrorKind.NOT_SUPPORTED, "over HTTP " + what + "; nothing was changed");
    }

    // ---- batches

    private EntryWriteResult batch(List<EntryOp> ops) {
        HttpRequest post = calls.post(urls.of("/entries/batch_write"), EntryOpText.batch(ops));
        Answer answer = calls.send(post);
        Refused refused = EntryFailures.refusal(post, answer, ops.get(0).path());
        if (refused != null) {
            return refused;
        }
        EntryAnswer made = calls.expected(post, answer);
        List<EntryAnswer> items = made.objects("ops");
        if (items.size() != ops.size()) {
            throw made.broken("ops");
        }
        List<Applied> applied = new ArrayList<>(ops.size());
        for (int i = 0; i < ops.size(); i++) {
            applied.add(applied(ops.get(i), items.get(i)));
        }
        return new Written(Totals.filledIn(reads, ops, applied), made.number("store_seq"));
    }

    /** What a change came to, as far as its answer and the change itself say it. */
    static Applied applied(EntryOp op, EntryAnswer item) {
        boolean made = item.optionalNumber("revision") != null;
        boolean said = op.kind() == EntryOp.Kind.SET || op.kind() == EntryOp.Kind.MERGE;
        return new Applied(op.path(), item.number("store_seq"), made, said ? op.value() : item.optional("value"));
    }

    // ---- leases

    private EntryWriteResult lease(EntryOp op) {
        EntryOp.LeaseTerms terms = op.lease();
        if (terms == null) {
            throw new IllegalStateException("a lease without terms was let through");
        }
        HttpRequest post = calls.post(urls.at("/leases/", op.path()), EntryOpText.lease(op.kind(), terms));
        Answer answer = calls.send(post);
        Refused refused = EntryFailures.refusal(post, answer, op.path());
        if (refused != null) {
            return refused;
        }
        EntryAnswer made = calls.expected(post, answer);
        Long storeSeq = made.optionalNumber("store_seq");
        if (op.kind() == EntryOp.Kind.RELEASE && !made.isTrue("released")) {
            return written(op.path(), calls.get(urls.of("/status")).number("current_seq"), false, null);
        }
        if (storeSeq == null) {
            throw made.broken("store_seq");
        }
        return written(op.path(), storeSeq, true, op.kind() == EntryOp.Kind.RELEASE ? null : envelope(made));
    }

    private static EntryWriteResult written(EntryPath path, long storeSeq, boolean made, @Nullable EntryValue value) {
        return new Written(List.of(new Applied(path, storeSeq, made, value)), storeSeq);
    }

    private static EntryValue envelope(EntryAnswer made) {
        Map<String, EntryValue> lease = new LinkedHashMap<>();
        lease.put("_type", EntryValue.of("lease"));
        lease.put("holder", made.value("holder"));
        lease.put("token", made.value("token"));
        lease.put("expires_at", made.value("expires_at"));
        return new EntryValue.Fields(lease);
    }
}
