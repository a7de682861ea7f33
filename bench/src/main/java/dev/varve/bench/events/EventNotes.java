package dev.varve.bench.events;

import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of one server know of its events: writers of one log, and clients that make transactions over an entry, an aggregate and a
 * stream. Each client is used by one thread at a time, and all of them by one while what they know is compared.
 */
public final class EventNotes {

    /** The store whose log the writers append to. */
    public static final String LOG = "crash/log";

    private static final String ALL_FACES = "crash/all-faces";

    private final Findings findings;
    private final SharedLog log;
    private final List<LogWriter> writers = new ArrayList<>();
    private final List<TransactionCrashClient> counters = new ArrayList<>();

    /**
     * Nothing is known yet.
     *
     * @param port of the server on this machine
     * @param findings takes what is wrong
     */
    public EventNotes(int port, int writers, int counters, Findings findings, long seed) {
        this.findings = findings;
        this.log = new SharedLog(LOG, findings);
        for (int i = 0; i < writers; i++) {
            this.writers.add(new LogWriter(i, log, findings, seed + i));
        }
        for (int i = 0; i < counters; i++) {
            this.counters.add(new TransactionCrashClient(i, port, ALL_FACES, findings, seed + 400 + i));
        }
    }

    /** A connection that asks once and waits so long for an answer. */
    public static Varve connect(int port, Duration timeout) {
        return EventCrashClient.connect(URI.create("http://127.0.0.1:" + port), timeout);
    }

    /** Takes it that the first writer and the first client of transactions, alone, have made so many steps that all went well. */
    public void remember(int appends, int transactions) {
        writers.getFirst().remember(appends);
        counters.getFirst().remember(transactions);
    }

    /**
     * Has a writer of the log make a request.
     *
     * @return whether events were acknowledged that were not there before
     * @throws VarveException when it failed; what became of it is known as far as that tells
     */
    public boolean append(int writer, Varve varve) {
        return step(writers.get(writer), varve);
    }

    /** The same of a transaction. */
    public boolean transact(int counter, Varve varve) {
        return step(counters.get(counter), varve);
    }

    private boolean step(EventCrashClient client, Varve varve) {
        long before = client.madeNow;
        wrong(client, client.step(varve));
        return client.madeNow > before;
    }

    /**
     * Compares all that is there with all that is known.
     *
     * @throws VarveException when it cannot be read
     */
    public void check(Varve varve) {
        log.read(varve.store(LOG).events(), true);
        for (LogWriter writer : writers) {
            wrong(writer, writer.check(varve));
        }
        for (TransactionCrashClient counter : counters) {
            wrong(counter, counter.check(varve));
        }
    }

    private void wrong(EventCrashClient client, @Nullable String what) {
        if (what != null) {
            findings.add(Kind.INVENTED, client.getClass().getSimpleName() + ": " + what);
        }
    }

    /** How many appends to the log were acknowledged as made just now. */
    public long appends() {
        return writers.stream().mapToLong(writer -> writer.madeNow).sum();
    }

    /** How many transactions were. */
    public long transactions() {
        return counters.stream().mapToLong(counter -> counter.madeNow).sum();
    }
}
