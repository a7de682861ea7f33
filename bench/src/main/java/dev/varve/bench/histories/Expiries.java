package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ends of times to live in a history. The system deletes by itself what was set for some time, at any moment after that time,
 * unless it was written again before: that is an operation of nobody without an answer, which may take effect at any time
 * after its invocation, or never. When the time is over for long it must have happened: that is a look. Stateless.
 */
final class Expiries {

    /** The system counts in whole milliseconds, and by another clock after each start. */
    static final long CLOCK_MILLIS = 5;

    /** What is there for so long after its time was forgotten. */
    static final long LATE_MILLIS = 60_000;

    private static final int NOBODY = -1;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private Expiries() {}

    /**
     * When a set that may have been sent several times has to have its end.
     *
     * @param fromNanos from when on it may be gone: its time began after it was first sent
     * @param untilNanos until when it must be gone; {@link Operation#OPEN} when nobody was told that it was set
     */
    private record End(EntryRequest.Expire expire, long fromNanos, long untilNanos) {

        End or(End other) {
            return new End(expire, Math.min(fromNanos, other.fromNanos), Math.min(untilNanos, other.untilNanos));
        }
    }

    /** How a set is called: by its write and its place in it. */
    static String set(String write, int index) {
        return write + "/" + index;
    }

    /** The ends that may have come, and those that must have. */
    static List<Operation<EntryRequest, EntryAnswer>> in(List<Operation<EntryRequest, EntryAnswer>> history) {
        Map<String, End> ends = new LinkedHashMap<>();
        long last = 0;
        for (Operation<EntryRequest, EntryAnswer> operation : history) {
            last = Math.max(last, operation.invoked());
            if (operation.input() instanceof EntryRequest.Write write
                    && !(operation.output() instanceof EntryAnswer.Refused)) {
                for (int i = 0; i < write.ops().size(); i++) {
                    EntryRequest.Op op = write.ops().get(i);
                    if (op.livesMillis() != 0) {
                        String set = set(write.name(), i);
                        ends.merge(
                                set,
                                end(operation, new EntryRequest.Expire(write.store(), op.path(), set), op),
                                End::or);
                    }
                }
            }
        }
        List<Operation<EntryRequest, EntryAnswer>> unasked = new ArrayList<>();
        for (End end : ends.values()) {
            unasked.add(new Operation<>(NOBODY, end.fromNanos, Operation.OPEN, end.expire, null));
            if (end.untilNanos < last) {
                unasked.add(new Operation<>(
                        NOBODY, end.untilNanos, end.untilNanos + 1, end.expire, new EntryAnswer.Missing()));
            }
        }
        return unasked;
    }

    private static End end(
            Operation<EntryRequest, EntryAnswer> operation, EntryRequest.Expire expire, EntryRequest.Op op) {
        long millis = op.livesMillis();
        return new End(
                expire,
                operation.invoked() + Math.max(0, millis - CLOCK_MILLIS) * NANOS_PER_MILLI,
                operation.isOpen() ? Operation.OPEN : operation.returned() + (millis + LATE_MILLIS) * NANOS_PER_MILLI);
    }
}
