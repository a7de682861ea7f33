package dev.varve.engine.transactions;

import dev.varve.api.AggregateStatus;
import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.TransactionResult.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What stood in the way of a transaction, from what the faces said. Confined to one thread. */
final class Failures {

    private final Split split;
    private final List<Failure> found = new ArrayList<>();

    Failures(Split split) {
        this.split = split;
    }

    List<Failure> found() {
        return found;
    }

    void add(EntryWriteResult.Refused refused) {
        EntryOp op = split.ops.parts.get(refused.index());
        Long expected = switch (refused.reason()) {
            case CONFLICT -> op.ifMatch();
            case FENCED -> op.fence() == null ? null : (Long) op.fence().token();
            case NOT_HELD -> op.lease() == null ? null : op.lease().token();
            default -> null;
        };
        found.add(new Failure(
                split.ops.index(refused.index()),
                refused.reason().wireName(),
                number(expected),
                number(refused.currentRevision())));
    }

    // ---- events

    void add(EventAppendResult.Refused refused) {
        switch (refused.reason()) {
            case WRONG_EXPECTED_VERSION, TOMBSTONED -> refused.violations().forEach(this::add);
            case CONDITION_FAILED ->
                found.add(new Failure(
                        split.conditions.index(0),
                        refused.reason().wireName(),
                        EntryValue.of(split.conditions.parts.getFirst().after()),
                        EntryValue.of(refused.conflictingPosition())));
            case TRACKING_NOT_INCREASING ->
                found.add(new Failure(
                        split.trackings.index(0),
                        refused.reason().wireName(),
                        EntryValue.of(split.trackings.parts.getFirst().position()),
                        EntryValue.of(refused.conflictingPosition())));
            case EVENT_ID_CONFLICT, EVENT_ID_REUSED ->
                found.add(new Failure(
                        indexOf(Objects.requireNonNull(refused.eventId())),
                        refused.reason().wireName(),
                        null,
                        EntryValue.of(refused.conflictingPosition())));
        }
    }

    /** Events that are all there already: whether the rest of the transaction was made with them nobody can tell. */
    void addRepeated(EventAppendResult.Appended before) {
        found.add(new Failure(
                split.events.index(0),
                Reason.EVENT_ID_CONFLICT.wireName(),
                null,
                EntryValue.of(before.firstPosition())));
    }

    private void add(EventAppendResult.Violation violation) {
        boolean tombstoned = violation.status() == AggregateStatus.TOMBSTONED;
        boolean written = violation.index() < 0
                || split.events.parts.stream()
                        .anyMatch(event -> violation.aggregate().equals(event.aggregate()));
        Reason reason = tombstoned && written ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION;
        found.add(new Failure(
                violation.index() < 0 ? firstOf(violation) : split.checks.index(violation.index()),
                reason.wireName(),
                value(violation.expected()),
                violation.status() == AggregateStatus.LIVE
                        ? EntryValue.of(violation.actual())
                        : EntryValue.of(violation.status().wireName())));
    }

    private int firstOf(EventAppendResult.Violation violation) {
        for (int i = 0; i < split.events.parts.size(); i++) {
            if (violation.aggregate().equals(split.events.parts.get(i).aggregate())) {
                return split.events.index(i);
            }
        }
        throw new IllegalStateException("nothing is written to " + violation.aggregate());
    }

    private int indexOf(UUID eventId) {
        for (int i = 0; i < split.events.parts.size(); i++) {
            if (split.events.parts.get(i).event().id().equals(eventId)) {
                return split.events.index(i);
            }
        }
        throw new IllegalStateException("no event has the id " + eventId);
    }

    /** An expected version as bodies over HTTP have it. */
    private static EntryValue value(ExpectedVersion expected) {
        return switch (expected) {
            case ExpectedVersion.Any _ -> EntryValue.of("any");
            case ExpectedVersion.NoStream _ -> EntryValue.of("noStream");
            case ExpectedVersion.Exists _ -> EntryValue.of("exists");
            case ExpectedVersion.SoftDeleted _ -> EntryValue.of("softDeleted");
            case ExpectedVersion.Exactly(long version) -> EntryValue.of(version);
            case ExpectedVersion.Compared(ExpectedVersion.Comparison comparison, long version) ->
                field(comparison.wireName(), EntryValue.of(version));
            case ExpectedVersion.OneOf oneOf ->
                field(
                        "in",
                        new EntryValue.Items(oneOf.versions().stream()
                                .map(version -> EntryValue.of(version))
                                .toList()));
            case ExpectedVersion.AllOf all -> field("and", values(all.parts()));
            case ExpectedVersion.AnyOf any -> field("or", values(any.parts()));
            case ExpectedVersion.Not(ExpectedVersion part) -> field("not", value(part));
        };
    }

    private static EntryValue values(Collection<ExpectedVersion> parts) {
        return new EntryValue.Items(parts.stream().map(Failures::value).toList());
    }

    private static EntryValue field(String name, EntryValue value) {
        return new EntryValue.Fields(Map.of(name, value));
    }

    // ---- streams

    void add(AppendAllResult.RefusedAt refused) {
        AppendRequest request = split.appends.parts.get(refused.index());
        Refusal refusal = refused.refusal();
        Producer producer = request.producer();
        EntryValue expected = switch (refusal.kind()) {
            case PRECONDITION_FAILED -> text(request.ifMatch());
            case SEQUENCE_CONFLICT -> text(request.sequence());
            case PRODUCER_GAP, PRODUCER_EPOCH_START -> producer == null ? null : number(producer.sequence());
            case PRODUCER_FENCED -> producer == null ? null : number(producer.epoch());
            default -> null;
        };
        Offset offset = refusal.offset();
        EntryValue actual = offset != null
                ? text(offset)
                : refusal.producerEpoch() != null
                        ? number(refusal.producerEpoch())
                        : number(refusal.expectedSequence());
        found.add(
                new Failure(split.appends.index(refused.index()), refusal.kind().wireName(), expected, actual));
    }

    private static @Nullable EntryValue number(@Nullable Long number) {
        return number == null ? null : EntryValue.of(number);
    }

    private static @Nullable EntryValue text(@Nullable Object text) {
        return text == null ? null : EntryValue.of(text.toString());
    }
}
