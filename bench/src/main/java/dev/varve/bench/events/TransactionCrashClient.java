package dev.varve.bench.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts in an entry, in an aggregate and in a stream by transactions over all three: they always show the same number, which is
 * that of the last transaction that was acknowledged, or of the one that was under way. Sent again under its key that one is made once.
 */
final class TransactionCrashClient extends EventCrashClient {

    private static final String TEXT = "text/plain";

    private final int number;
    private final int port;
    private final String name;
    private final Findings findings;

    /** What the last transaction counted that is known to be there. */
    private long counted;

    private boolean created;
    private @Nullable Transaction underWay;

    TransactionCrashClient(int number, int port, String name, Findings findings, long seed) {
        super(seed);
        this.number = number;
        this.port = port;
        this.name = name;
        this.findings = findings;
    }

    private EntryPath entry() {
        return EntryPath.of("counted", "n" + number);
    }

    private AggregateId aggregate() {
        return new AggregateId("counted", "n" + number);
    }

    private String stream() {
        // A transaction stays within its store.
        return name + "/counted-" + number;
    }

    private static String line(long count) {
        return String.format(Locale.ROOT, "%08d%n", count);
    }

    private Transaction counting(long count) {
        return Transaction.builder()
                .entry(EntryOp.set(entry(), EntryValue.of(count)))
                .event(aggregate(), NewEvent.json("Counted", Long.toString(count)))
                .check(aggregate(), ExpectedVersion.exactly(count - 2))
                .append(AppendRequest.of(stream(), TEXT, line(count).getBytes(UTF_8)))
                .key("count-" + number + "-" + count)
                .build();
    }

    @Override
    @Nullable String step(Varve varve) {
        if (!created) {
            var _ = varve.streams().create(stream(), StreamConfig.of(TEXT));
            created = true;
        }
        boolean doubtful = underWay != null;
        Transaction transaction = counting(counted + 1);
        underWay = transaction;
        TransactionResult result;
        try {
            result = commit(varve, transaction);
        } catch (VarveException e) {
            if (!doubtful && !e.outcomeUnknown()) {
                underWay = null; // nothing was applied, and under its key nothing is known
            }
            throw e;
        }
        told(result, doubtful && result instanceof Committed committed && committed.replayed());
        return null;
    }

    /** Takes it that so many steps were made. */
    void remember(int steps) {
        created = steps > 0;
        counted = steps;
    }

    private TransactionResult commit(Varve varve, Transaction transaction) {
        try {
            return varve.store(name).transactions().commit(name, transaction).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException failure ? failure : e;
        }
    }

    private void told(TransactionResult result, boolean isThere) {
        underWay = null;
        acknowledged++;
        if (!(result instanceof Committed committed)) {
            findings.add(Kind.REFUSED, "transaction " + (counted + 1) + " of " + number + ": " + result);
        } else {
            counted++;
            madeNow += committed.replayed() ? 0 : 1;
            if (committed.replayed() != isThere) {
                findings.add(Kind.DUPLICATED, "transaction " + counted + " of " + number + ": " + committed);
            }
        }
    }

    @Override
    @Nullable String check(Varve varve) {
        Store store = varve.store(name);
        Optional<Entry> entry = store.entries().get(entry());
        long inEntry = entry.isPresent() && entry.get().value().equals(EntryValue.of(counted + 1))
                ? counted + 1
                : entry.isEmpty() ? 0 : counted;
        long inAggregate = store.events().aggregate(aggregate()).version() - EventStore.EMPTY;
        if (entry.isPresent() && !entry.get().value().equals(EntryValue.of(inEntry))) {
            findings.add(Kind.LOST, "the entry of " + number + " is " + entry.get() + " after " + counted);
        }
        List<String> events = store.events().stream(EventRead.of(aggregate()))
                .map(event -> event.version() + " " + event.data().text())
                .toList();
        if (inEntry != inAggregate || !content().equals(lines(inAggregate)) || !events.equals(events(inAggregate))) {
            findings.add(
                    Kind.TORN,
                    "transaction " + counted + " of " + number + " was acknowledged, the entry shows " + inEntry
                            + ", the aggregate " + inAggregate + " with " + events.size() + " events, the stream "
                            + content().length() / line(1).length());
        }
        Transaction doubtful = underWay;
        if (doubtful == null ? inAggregate != counted : inAggregate != counted && inAggregate != counted + 1) {
            findings.add(Kind.LOST, inAggregate + " is counted by " + number + " after " + counted);
        } else if (doubtful != null) {
            boolean isThere = inAggregate > counted;
            count(isThere ? "under way and kept" : "under way without effect");
            told(commit(varve, doubtful), isThere);
        }
        return null;
    }

    /** Deletes its store and its stream. */
    void delete(Varve varve) {
        if (counted > 0) {
            var _ = varve.store(name).delete();
        }
        if (created) {
            boolean _ = varve.streams().delete(stream());
        }
    }

    private static String lines(long count) {
        StringBuilder lines = new StringBuilder();
        for (long i = 1; i <= count; i++) {
            lines.append(line(i));
        }
        return lines.toString();
    }

    private static List<String> events(long count) {
        return LongStream.range(0, count)
                .mapToObj(version -> version + " " + (version + 1))
                .toList();
    }

    private String content() {
        if (!created) {
            return "";
        }
        try (Http http = new Http(port, 150_000)) {
            Http.Answer answer = http.send("GET", "/v1/stream/" + stream() + "?offset=-1", new byte[0]);
            return answer.status() == 404 ? "" : answer.text();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
