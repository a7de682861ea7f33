package dev.varve.bench.entries;

import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What is known of the changes of a store: what writers were answered, and what anybody was told. Thread-safe. */
final class WatchedStore {

    /** A change as it was told. */
    record Change(String op, String path, @Nullable JsonNode value, String device, String name) {

        /** Whether it is a deletion by the server because a lifetime was over. */
        boolean isExpiry() {
            return op.equals("delete") && device.equals("system:expiry");
        }

        static Change of(JsonNode event) {
            JsonNode value = event.get("value");
            return new Change(
                    event.path("op").stringValue(),
                    event.path("path").stringValue(),
                    value == null || value.isNull() ? null : value,
                    event.path("device_id").asString(""),
                    event.path("client_op_id").asString(""));
        }
    }

    /** A change as it was acknowledged. */
    record Acknowledged(String op, String path) {}

    /** By how much the clocks of two processes may differ over a lifetime. */
    private static final long CLOCK_MILLIS = 5;

    final String name;
    private final Findings findings;
    private final Map<Long, Change> told = new ConcurrentHashMap<>();
    private final Map<Long, Acknowledged> acknowledged = new ConcurrentHashMap<>();
    /** When expiries were first told, on the clock of this process. */
    private final Map<Long, Long> expiredNanos = new ConcurrentHashMap<>();

    private final AtomicLong highest = new AtomicLong();
    private final AtomicLong judgedExpiries = new AtomicLong();

    WatchedStore(String name, Findings findings) {
        this.name = name;
        this.findings = findings;
    }

    /** Notes an acknowledged change. */
    void acknowledge(long seq, String op, String path) {
        highest.accumulateAndGet(seq, Math::max);
        Acknowledged before = acknowledged.put(seq, new Acknowledged(op, path));
        if (before != null) {
            findings.add(Kind.DUPLICATED, name + ": change " + seq + " was acknowledged to two writes");
        }
    }

    /** Notes what somebody was told. Everybody must be told the same. */
    void tell(String who, long seq, Change change) {
        tell(who, seq, change, System.nanoTime());
    }

    /** Notes it with the time at which it was told. */
    void tell(String who, long seq, Change change, long nowNanos) {
        highest.accumulateAndGet(seq, Math::max);
        if (change.isExpiry()) {
            expiredNanos.merge(seq, nowNanos, Math::min);
        }
        Change before = told.putIfAbsent(seq, change);
        if (before != null && !before.equals(change)) {
            findings.add(
                    Kind.INVENTED,
                    who + " was told " + change + " as change " + seq + " where somebody else was told " + before);
        }
    }

    /** What was told of a change to anybody, or null. */
    @Nullable Change told(long seq) {
        return told.get(seq);
    }

    /** The last change that anybody knows of. */
    long highest() {
        return highest.get();
    }

    long acknowledgedCount() {
        return acknowledged.size();
    }

    /**
     * Looks at everything that was deleted because its lifetime was over: it had one, stood there until then, and was not gone
     * before its time. What happened before a change that nobody was told of is not judged.
     */
    void judgeExpiries() {
        expiredNanos.forEach((seq, nanos) -> {
            Change expiry = told.get(seq);
            if (expiry == null) {
                return;
            }
            for (long before = seq - 1; before > 0; before--) {
                Change earlier = told.get(before);
                if (earlier == null) {
                    return;
                }
                if (earlier.path().equals(expiry.path())) {
                    judgedExpiries.incrementAndGet();
                    judge(seq, nanos, expiry, earlier);
                    return;
                }
            }
            findings.add(Kind.INVENTED, name + ": change " + seq + ", " + expiry + ", of what never stood there");
        });
    }

    private void judge(long seq, long nanos, Change expiry, Change earlier) {
        Lifetime lifetime = Lifetime.of(earlier.value());
        if (lifetime == null) {
            findings.add(Kind.EXPIRED, name + ": change " + seq + " expires what has no lifetime: " + earlier);
        } else if (lifetime.earlyMillis(nanos) > CLOCK_MILLIS) {
            findings.add(
                    Kind.EXPIRED,
                    name + ": change " + seq + ", " + expiry + ", is " + lifetime.earlyMillis(nanos)
                            + " ms before the time of " + earlier);
        }
    }

    /** How many expiries were judged. */
    long judgedExpiries() {
        return judgedExpiries.get();
    }

    /** Compares what was acknowledged with what was told. */
    void compare(long end) {
        acknowledged.forEach((seq, change) -> {
            Change heard = told.get(seq);
            if (seq > end) {
                findings.add(Kind.LOST, name + ": change " + seq + " was acknowledged, the store ends at " + end);
            } else if (heard != null
                    && !(Objects.equals(heard.op(), change.op()) && heard.path().equals(change.path()))) {
                findings.add(
                        Kind.LOST, name + ": " + change + " was acknowledged as change " + seq + ", told is " + heard);
            }
        });
    }
}
