package dev.varve.bench.events;

import dev.varve.api.AggregateInfo;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.SoakClients;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A load of events for long: a log that is appended to, followed and consumed; transactions over all faces; and a store with which everything is
 * done that can be done, among it bounds of how many events are kept, deletions, scavenging, snapshots and checkpoints. Stores that have grown are
 * deleted, and fresh ones take their places. Confined to one thread, beside those of its clients.
 */
public final class EventSoak {

    private static final int WRITERS = 2;

    /** A longer log takes long to compare. */
    private static final long MOST_EVENTS = 5_000;

    private static final int DELETED_AT_ONCE = 1_000;

    private final int port;
    private final Findings findings;
    private final long seed;
    private final Varve varve;
    private final ModelCrashClient everything;
    private final Map<String, Map<String, Long>> counts = new TreeMap<>();

    /** Replaced while their threads wait at the gate. */
    private List<EventCrashClient> clients = List.of();

    private SharedLog log;
    private TransactionCrashClient counter;
    private int generation;

    /**
     * A load that has not begun.
     *
     * @param port of the server on this machine
     * @param findings takes what is wrong
     */
    public EventSoak(int port, Findings findings, long seed) {
        this.port = port;
        this.findings = findings;
        this.seed = seed;
        this.varve = EventCrashClient.connect(URI.create("http://127.0.0.1:" + port));
        this.everything = new ModelCrashClient(0, "crash", seed);
        this.log = new SharedLog("crash/log", findings);
        this.counter = new TransactionCrashClient(0, port, "crash/all-faces", findings, seed);
    }

    /** Begins. */
    public void start(SoakClients threads) {
        begin();
        for (int i = 0; i < clients.size(); i++) {
            int which = i;
            EventCrashClient client = clients.get(i);
            threads.start(client.getClass().getSimpleName() + "-" + i, () -> step(clients.get(which)));
        }
    }

    /** Puts fresh clients with fresh stores in the places of those before. */
    private void begin() {
        long own = seed + 1_000L * generation;
        log = new SharedLog("crash/log-" + generation, findings);
        counter = new TransactionCrashClient(0, port, "crash/all-faces-" + generation, findings, own);
        generation++;
        List<EventCrashClient> fresh = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            LogWriter writer = new LogWriter(i, log, findings, own + i);
            do {
                wrong(writer, writer.step(varve));
            } while (writer.madeNow == 0); // there is a log now
            fresh.add(writer);
        }
        fresh.add(new ConsumerCrashClient(0, log.name(), true, findings, own + 200));
        fresh.add(new FollowerCrashClient(log.name(), port, false, null, findings, own + 300));
        fresh.add(new FollowerCrashClient(log.name(), port, true, "writer:0", findings, own + 301));
        fresh.add(counter);
        fresh.add(everything);
        clients = fresh;
    }

    private void step(EventCrashClient client) {
        try {
            wrong(client, client.step(varve));
        } catch (VarveException e) {
            if (!e.retryable()) {
                throw e;
            }
            client.count("refused for now, or cut"); // nothing was applied; a follower goes on where it was
        }
    }

    /** Ends the connections of those that wait for events, so that they come to the end of their step. */
    public void cut() {
        for (EventCrashClient client : clients) {
            if (client instanceof FollowerCrashClient follower) {
                follower.cut();
            }
        }
    }

    /** Compares what is there with what the clients know, while they rest, and has them begin anew where much is there. */
    public void check() {
        try {
            compare();
            if (log.size() > MOST_EVENTS && findings.none()) {
                finish();
                var _ = varve.store(log.name()).delete();
                counter.delete(varve);
                clients.stream().filter(client -> client != everything).forEach(this::add);
                begin();
            }
        } catch (VarveException e) {
            findings.add(Kind.REFUSED, "events cannot be compared: " + e);
        }
    }

    private void compare() {
        log.read(varve.store(log.name()).events(), false);
        for (EventCrashClient client : clients) {
            wrong(client, client.check(varve));
        }
    }

    /** Everything once more, and to the end. */
    private void finish() {
        log.read(varve.store(log.name()).events(), true);
        for (EventCrashClient client : clients) {
            wrong(client, client.finish(varve));
        }
    }

    /** Compares everything, then takes it away: of the log every event, whose space is given back, and the other stores as a whole. */
    public void deleteAll() {
        try (varve) {
            compare();
            finish();
            clear(varve.store(log.name()).events());
            counter.delete(varve);
            everything.delete(varve);
        } catch (VarveException e) {
            findings.add(Kind.REFUSED, "events cannot be deleted: " + e);
        }
        clients.forEach(this::add);
    }

    private void clear(EventStore events) {
        List<AggregateInfo> aggregates = events.aggregates(null).toList();
        aggregates.forEach(aggregate -> events.remove(aggregate.id()));
        List<Long> others =
                events.stream(EventRead.all()).map(StoredEvent::position).toList();
        for (int from = 0; from < others.size(); from += DELETED_AT_ONCE) {
            int _ = events.deleteEvents(others.subList(from, Math.min(from + DELETED_AT_ONCE, others.size())));
        }
        if (events.scavenge() == 0 || events.exists(EventRead.all())) {
            findings.add(Kind.INVENTED, "events are left after all were deleted and scavenged");
        }
    }

    private void wrong(EventCrashClient client, @Nullable String what) {
        if (what != null) {
            findings.add(Kind.INVENTED, client.getClass().getSimpleName() + ": " + what);
        }
    }

    private void add(EventCrashClient client) {
        client.addTo(counts);
    }

    /** What happened, by kind of client and by what it was, with how often. Call it when all is deleted. */
    public Map<String, Map<String, Long>> counts() {
        return counts;
    }

    /** How many stores of each kind there were. */
    public int generations() {
        return generation;
    }
}
