package dev.varve.client;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what servers answer to transactions; of each face as its own routes answer. Immutable. */
final class TransactionAnswer {

    private final HttpRequest request;
    private final EntryAnswer answer;

    private TransactionAnswer(HttpRequest request, EntryAnswer answer) {
        this.request = request;
        this.answer = answer;
    }

    static TransactionAnswer of(HttpRequest request, Answer answer) {
        return new TransactionAnswer(request, EntryAnswer.of(request, answer));
    }

    // ---- commits

    Committed committed(Transaction transaction) {
        List<EntryOp> ops = new ArrayList<>();
        List<AppendRequest> appends = new ArrayList<>();
        for (Transaction.Part part : transaction.parts()) {
            if (part instanceof Transaction.Entry entry) {
                ops.add(entry.op());
            } else if (part instanceof Transaction.Append append) {
                appends.add(append.request());
            }
        }
        Long number = answer.optionalNumber("commit");
        return new Committed(
                number == null ? TransactionResult.NO_COMMIT : number,
                ops.isEmpty() ? null : written(ops),
                // Under its key a transaction is told what it was told first, when something else may have had to hold.
                answer.optional("events") == null ? null : appended(),
                appends.isEmpty() ? List.of() : streams(appends),
                answer.isTrue("replayed"));
    }

    private Written written(List<EntryOp> ops) {
        EntryAnswer entries = answer.object("entries");
        List<EntryAnswer> items = entries.objects("ops");
        if (items.size() != ops.size()) {
            throw answer.broken("ops");
        }
        List<Applied> applied = new ArrayList<>(ops.size());
        for (int i = 0; i < ops.size(); i++) {
            applied.add(HttpEntryWrites.applied(ops.get(i), items.get(i)));
        }
        return new Written(applied, entries.number("store_seq"));
    }

    private Appended appended() {
        byte[] events = EntryJson.bytes(answer.value("events"));
        return EventAnswer.read(EventCalls.where(request), events, EventAnswer::appended);
    }

    private List<AppendResult> streams(List<AppendRequest> appends) {
        return ListRoutes.results(appends, request, EntryJson.bytes(answer.value("streams")));
    }

    // ---- refusals

    /** What stood in the way; nothing when the answer tells of something else. */
    Optional<Refused> refused() {
        if (!(answer.optional("failures") instanceof EntryValue.Items items)
                || items.items().isEmpty()) {
            return Optional.empty();
        }
        List<Failure> failures = new ArrayList<>();
        for (EntryAnswer failure : answer.objects("failures")) {
            failures.add(new Failure(
                    Math.toIntExact(failure.number("index")),
                    failure.text("kind"),
                    value(failure, "expected"),
                    value(failure, "actual")));
        }
        return Optional.of(new Refused(failures));
    }

    private static @Nullable EntryValue value(EntryAnswer failure, String name) {
        EntryValue value = failure.optional(name);
        return value instanceof EntryValue.Null ? null : value;
    }
}
