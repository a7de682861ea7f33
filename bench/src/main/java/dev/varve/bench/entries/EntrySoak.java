package dev.varve.bench.entries;

import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.SoakClients;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A load of entries for long: writers of one store, each with values of its own, over connections that last for one request or two. A store that has many
 * changes is deleted, and a fresh one takes its place. Confined to one thread, beside those of its clients.
 */
public final class EntrySoak {

    private static final int WRITERS = 2;
    private static final long MOST_CHANGES = 10_000;

    /** Nothing was applied, and what is known is as before. */
    private static final Pattern NOT_NOW = Pattern.compile(" was answered (429|503|507) ");

    private final int port;
    private final Findings findings;
    private final long seed;

    /** Replaced while their threads wait at the gate. */
    private List<EntryWriter> writers = List.of();

    private String store = "";
    private int generation;
    private long before;

    /**
     * A load that has not begun.
     *
     * @param port of the server on this machine
     * @param findings takes what is wrong
     */
    public EntrySoak(int port, Findings findings, long seed) {
        this.port = port;
        this.findings = findings;
        this.seed = seed;
    }

    /** Begins. */
    public void start(SoakClients clients) {
        begin();
        for (int i = 0; i < WRITERS; i++) {
            int which = i;
            clients.start("entries-" + i, () -> step(writers.get(which)));
        }
    }

    private void begin() {
        store = "crash/entries-" + generation;
        List<EntryWriter> fresh = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            fresh.add(new EntryWriter(i, port, store, seed + 1_000L * generation + i));
        }
        generation++;
        writers = fresh;
    }

    private void step(EntryWriter writer) throws IOException {
        try (Http http = new Http(port, CrashClient.TIMEOUT_MILLIS)) {
            wrong(writer.step(http));
        }
    }

    private void wrong(@Nullable String what) {
        if (what != null && !NOT_NOW.matcher(what).find()) {
            findings.add(Kind.LOST, "entries: " + what);
        }
    }

    private long acknowledgedOfStore() {
        return writers.stream().mapToLong(writer -> writer.acknowledged).sum();
    }

    /** How many writes were acknowledged. */
    public long acknowledged() {
        return before + acknowledgedOfStore();
    }

    /** Compares what is there with what the clients know, while they rest, and has them begin anew where much was written. */
    public void check() throws IOException {
        compare();
        if (acknowledgedOfStore() > MOST_CHANGES && findings.none()) {
            deleteStore();
            before += acknowledgedOfStore();
            begin();
        }
    }

    private void compare() throws IOException {
        try (Http http = new Http(port, CrashClient.TIMEOUT_MILLIS)) {
            for (EntryWriter writer : writers) {
                wrong(writer.check(http));
            }
            String shared = EntryWriter.value(CrashClient.get(http, "/api/stores/" + store + "/entries/shared"));
            long right = writers.stream().mapToLong(writer -> writer.shared).sum();
            if ((shared == null ? 0 : Long.parseLong(shared)) != right) {
                wrong("what all count is " + shared + " instead of " + right);
            }
        }
    }

    /** Compares everything, then takes it away. */
    public void deleteAll() throws IOException {
        compare();
        deleteStore();
    }

    private void deleteStore() throws IOException {
        try (Http http = new Http(port, CrashClient.TIMEOUT_MILLIS)) {
            Http.Answer answer = http.send("DELETE", "/api/stores/" + store, CrashClient.NOTHING);
            if (answer.status() != 200) {
                findings.add(Kind.REFUSED, CrashClient.unexpected("the deletion of " + store, answer));
            }
        }
    }
}
