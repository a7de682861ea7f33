package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What can be said of the parts of a transaction without a store. */
final class TransactionChecks {

    private final Set<AggregateId> written = new HashSet<>();
    private final Set<UUID> ids = new HashSet<>();
    private boolean condition;
    private boolean tracking;
    private long bytes;

    private TransactionChecks() {}

    /** Refuses what no store would take. */
    static void check(List<Transaction.Part> parts) {
        TransactionChecks checks = new TransactionChecks();
        parts.forEach(checks::take);
        if (checks.bytes > Transaction.MAX_BYTES) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE,
                    "the data of a transaction has " + checks.bytes + " bytes, at most " + Transaction.MAX_BYTES);
        }
        for (Transaction.Part part : parts) {
            if (part instanceof Transaction.Check check
                    && check.expected() instanceof ExpectedVersion.Any
                    && !checks.written.contains(check.aggregate())) {
                throw EventTexts.invalid("any version is expected of " + check.aggregate()
                        + ", to which nothing is written: that checks nothing");
            }
        }
    }

    private void take(Transaction.Part part) {
        // No pattern switch: this is for Java 17.
        if (part instanceof Transaction.Entry entry) {
            EntryValue value = entry.op().value();
            bytes += value == null ? 0 : sizeOf(value);
        } else if (part instanceof Transaction.Event event) {
            if (!ids.add(event.event().id())) {
                throw EventTexts.invalid("the event id " + event.event().id() + " comes twice in one transaction");
            }
            if (event.aggregate() != null) {
                written.add(event.aggregate());
            }
            bytes += event.event().data().size();
        } else if (part instanceof Transaction.Append append) {
            bytes += append.request().body().length;
        } else if (part instanceof Transaction.Condition) {
            if (condition) {
                throw EventTexts.invalid("a transaction has one condition at most");
            }
            condition = true;
        } else if (part instanceof Transaction.Tracking) {
            if (tracking) {
                throw EventTexts.invalid("a transaction has one tracking at most");
            }
            tracking = true;
        }
    }

    private static long sizeOf(EntryValue value) {
        if (value instanceof EntryValue.Text text) {
            return text.value().getBytes(UTF_8).length;
        }
        if (value instanceof EntryValue.Fraction fraction) {
            return fraction.value().precision();
        }
        if (value instanceof EntryValue.Items items) {
            return items.items().stream().mapToLong(TransactionChecks::sizeOf).sum();
        }
        if (value instanceof EntryValue.Fields fields) {
            long size = 0;
            for (Map.Entry<String, EntryValue> field : fields.fields().entrySet()) {
                size += field.getKey().getBytes(UTF_8).length + sizeOf(field.getValue());
            }
            return size;
        }
        return Long.BYTES;
    }
}
