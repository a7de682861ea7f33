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
    record Change(String op, String path, @Nullable JsonNode value, String name) {

        static Change of(JsonNode event) {
            JsonNode value = event.get("value");
            return new Change(
                    event.path("op").stringValue(),
                    event.path("path").stringValue(),
                    value == null || value.isNull() ? null : value,
                    event.path("client_op_id").asString(""));
        }
    }

    /** A change as it was acknowledged. */
    record Acknowledged(String op, String path) {}

    final String name;
    private final Findings findings;
    private final Map<Long, Change> told = new ConcurrentHashMap<>();
    private final Map<Long, Acknowledged> acknowledged = new ConcurrentHashMap<>();
    private final AtomicLong highest = new AtomicLong();

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
        highest.accumulateAndGet(seq, Math::max);
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
