package dev.varve.examples.plain;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Entries;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.Offset;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A reading list: links are records, settings are entries, and what happens is noted in a stream. */
public final class Reading {

    private static final String STORE = "examples/reading";
    private static final String NOTES = "examples/notes";

    private final Store store;
    private final Streams streams;
    private final PrintStream out;

    private Reading(Varve varve, PrintStream out) {
        this.store = varve.store();
        this.streams = varve.streams();
        this.out = out;
    }

    /**
     * Runs once.
     *
     * @param arguments nothing to keep all in memory, a directory, or the URL of a server
     */
    public static void main(String[] arguments) {
        try (Varve varve = open(arguments).withStore(STORE)) {
            run(varve, System.out);
        }
    }

    private static Varve open(String[] arguments) {
        if (arguments.length == 0) {
            return Varve.inMemory();
        }
        String where = arguments[0];
        return where.startsWith("http") ? Varve.connect(URI.create(where)) : Varve.open(Path.of(where));
    }

    static void run(Varve varve, PrintStream out) {
        Reading reading = new Reading(varve, out);
        reading.entries();
        reading.records();
        reading.stream();
    }

    /** Values by path, each with a revision to compare with. */
    private void entries() {
        Entries entries = store.entries();
        EntryPath theme = EntryPath.of("settings", "theme");
        long revision = entries.set(theme, EntryValue.of("light"));
        entries.write(EntryOp.set(theme, EntryValue.of("dark")).ifMatch(revision));
        try {
            entries.write(EntryOp.set(theme, EntryValue.of("green")).ifMatch(revision));
        } catch (EntryRefusedException e) {
            out.println(
                    "refused, as somebody was faster: " + e.refusal().reason().wireName());
        }
        if (entries.get(theme).orElseThrow().value() instanceof EntryValue.Text(String text)) {
            out.println("theme: " + text);
        }
    }

    /** Records of a type, over the same entries. */
    private void records() {
        Repository<Link> links = store.repository(Link.class);
        if (!links.exists("varve")) {
            links.insert(new Link("varve", "Varve", 0), Precondition.ifAbsent());
        }
        links.update("varve", Link::visited);
        store.batch()
                .insert(links, new Link("dust", "Dust", 0))
                .delete(links, "stale")
                .commit();
        links.all().forEach(link -> out.println(link.slug() + ": " + link.title() + ", visits: " + link.visits()));
    }

    /** Messages in order, read from anywhere and followed as they come. */
    private void stream() {
        if (streams.find(NOTES).isEmpty()) {
            streams.create(NOTES, StreamConfig.of("application/json"));
        }
        streams.append(NOTES, "{\"read\":\"varve\"}".getBytes(UTF_8));
        try (StreamReader reader = streams.follow(NOTES, Offset.BEGINNING)) {
            reader.next(Duration.ofSeconds(5)).ifPresent(page -> out.println("notes: " + UTF_8.decode(page.data())));
        }
    }
}
