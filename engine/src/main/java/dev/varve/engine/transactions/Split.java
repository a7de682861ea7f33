package dev.varve.engine.transactions;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EventAppend;
import dev.varve.api.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parts of a transaction by face, and where each stands among all of them. Immutable once made. */
final class Split {

    /** Parts of one kind, and their indexes in the transaction. */
    static final class Kind<T> {
        final List<T> parts = new ArrayList<>();
        private final List<Integer> indexes = new ArrayList<>();

        private void add(T part, int index) {
            parts.add(part);
            indexes.add(index);
        }

        boolean isEmpty() {
            return parts.isEmpty();
        }

        int index(int i) {
            return indexes.get(i);
        }
    }

    final Kind<EntryOp> ops = new Kind<>();
    final Kind<EventAppend.Check> checks = new Kind<>();
    final Kind<EventAppend.Addressed> events = new Kind<>();
    final Kind<AppendCondition> conditions = new Kind<>();
    final Kind<EventAppend.Tracking> trackings = new Kind<>();
    final Kind<AppendRequest> appends = new Kind<>();

    Split(Transaction transaction) {
        for (int i = 0; i < transaction.parts().size(); i++) {
            switch (transaction.parts().get(i)) {
                case Transaction.Entry(EntryOp op) -> ops.add(op, i);
                case Transaction.Check check ->
                    checks.add(new EventAppend.Check(check.aggregate(), check.expected()), i);
                case Transaction.Event event ->
                    events.add(new EventAppend.Addressed(event.aggregate(), event.event()), i);
                case Transaction.Condition(AppendCondition condition) -> conditions.add(condition, i);
                case Transaction.Tracking(EventAppend.Tracking tracking) -> trackings.add(tracking, i);
                case Transaction.Append(AppendRequest request) -> appends.add(request, i);
            }
        }
    }

    boolean hasEvents() {
        return !events.isEmpty() || !checks.isEmpty() || !conditions.isEmpty() || !trackings.isEmpty();
    }

    @Nullable AppendCondition condition() {
        return conditions.isEmpty() ? null : conditions.parts.getFirst();
    }

    EventAppend.@Nullable Tracking tracking() {
        return trackings.isEmpty() ? null : trackings.parts.getFirst();
    }

    /** The aggregates of which the answer to the events tells, in its order. */
    List<AggregateId> toldAggregates() {
        Set<AggregateId> told = new LinkedHashSet<>();
        for (EventAppend.Addressed addressed : events.parts) {
            if (addressed.aggregate() != null) {
                told.add(addressed.aggregate());
            }
        }
        if (events.isEmpty() && trackings.isEmpty() && checks.parts.size() == 1) {
            told.add(checks.parts.getFirst().aggregate());
        }
        return List.copyOf(told);
    }
}
