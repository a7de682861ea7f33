package dev.varve.engine.events;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.VarveException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes something about an aggregate other than its events: how long they are kept, or that it is deleted. */
final class AggregateCommand extends EventCommand<AggregateInfo> {

    /** What is to be changed. */
    sealed interface Change {
        /** How long events are kept. */
        record Configure(
                AggregateSettings settings, @Nullable Long expectedRevision) implements Change {}

        /** That it is deleted. */
        record Delete(ExpectedVersion expected, AggregateDeletion deletion) implements Change {}
    }

    private final AggregateId aggregate;
    private final Change change;

    AggregateCommand(EventsFace face, String store, AggregateId aggregate, Change change) {
        super(face, store);
        this.aggregate = aggregate;
        this.change = change;
    }

    @Override
    public boolean freesSpace() {
        return true;
    }

    @Override
    public boolean prepare() {
        if (isBusy()) {
            return isReady();
        }
        EventLog log = decidedLog();
        return log == null || knows(log, List.of(aggregate));
    }

    @Override
    void decide(long nowMillis) {
        EventLog log = logToWrite();
        if (log == null) {
            return;
        }
        AggregateHead head = head(log, aggregate);
        AggregateHead after = switch (change) {
            case Change.Configure configure -> configured(head, configure);
            case Change.Delete delete -> deleted(head, delete);
        };
        if (after == null) {
            return;
        }
        if (!after.equals(head)) {
            boolean ended = change instanceof Change.Delete;
            change(new Effect.Aggregate(log.store, aggregate, after, ended));
        }
        answerWith(after.info(aggregate));
    }

    private @Nullable AggregateHead configured(AggregateHead head, Change.Configure configure) {
        if (head.status() == AggregateStatus.TOMBSTONED) {
            failWith(new VarveException(ErrorKind.GONE, "the aggregate " + aggregate + " was deleted for ever"));
            return null;
        }
        Long expected = configure.expectedRevision;
        if (expected != null && expected != head.settingsRevision()) {
            failWith(new VarveException(
                    ErrorKind.CONFLICT,
                    "the settings of " + aggregate + " are at revision " + head.settingsRevision() + ", not "
                            + expected));
            return null;
        }
        return head.configured(configure.settings);
    }

    private @Nullable AggregateHead deleted(AggregateHead head, Change.Delete delete) {
        AggregateStatus wanted = switch (delete.deletion) {
            case SOFT -> AggregateStatus.SOFT_DELETED;
            case TOMBSTONE -> AggregateStatus.TOMBSTONED;
            case REMOVE -> AggregateStatus.EMPTY;
        };
        boolean nothingToDo = head.status() == wanted
                || (head.status() == AggregateStatus.EMPTY && wanted != AggregateStatus.TOMBSTONED);
        if (nothingToDo) {
            return head;
        }
        boolean gone = head.status() == AggregateStatus.TOMBSTONED;
        if (gone || !delete.expected.holds(head.status(), head.version())) {
            failWith(new EventsRefusedException(new Refused(
                    gone ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION,
                    List.of(new Violation(0, aggregate, delete.expected, head.status(), head.seenVersion())),
                    EventStore.EMPTY,
                    null)));
            return null;
        }
        return switch (delete.deletion) {
            case SOFT -> head.softDeleted();
            case TOMBSTONE -> head.tombstoned();
            case REMOVE -> AggregateHead.EMPTY;
        };
    }
}
