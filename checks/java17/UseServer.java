import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Entries;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Key;
import dev.varve.api.Offset;
import dev.varve.api.Precondition;
import dev.varve.api.ReadResult;
import dev.varve.api.RefusedException;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.client.VarveClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What a program on Java 17 does with a server: streams, entries and records. Argument: the server's URL. */
final class UseServer {

    @Schema(prefix = "links")
    record Link(@Key String slug, @Required String title, int visits, List<String> tags) {

        Link visited() {
            return new Link(slug, title, visits + 1, tags);
        }
    }

    @Schema(prefix = "notes", mode = Schema.Mode.MAP)
    record Note(@Key String id, String text) {}

    public static void main(String[] arguments) throws Exception {
        same("17", System.getProperty("java.specification.version"));
        URI url = URI.create(arguments[0]);
        try (Varve varve = Varve.connect(url)) {
            streams(varve.streams());
            Store store = varve.store("seventeen/check");
            entries(store.entries());
            repositories(store);
            same("seventeen/check", store.info().orElseThrow().name());
        }
        try (Varve varve = VarveClient.builder(url).retryFor(Duration.ZERO).connect()) {
            same("seventeen", text(varve.store("seventeen/check").entries().get(EntryPath.of("plain", "title")).orElseThrow().value()));
        }
    }

    private static void streams(Streams streams) throws InterruptedException {
        streams.create("seventeen/log", StreamConfig.of("text/plain"));
        streams.create("seventeen/json", StreamConfig.of("application/json"));
        Offset tail = streams.append("seventeen/log", "first\n".getBytes(UTF_8));
        same(Optional.of(tail), streams.currentOffset("seventeen/log"));

        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        try (StreamReader reader = streams.follow("seventeen/log", Offset.BEGINNING)) {
            CompletableFuture<AppendResult> later =
                    streams.appendAsync(AppendRequest.of("seventeen/log", "text/plain", "second\n".getBytes(UTF_8)));
            same(true, later.join() instanceof AppendResult.Appended);
            streams.close("seventeen/log");
            while (!reader.atEnd()) {
                reader.next(Duration.ofSeconds(10)).map(ReadResult.Page::data).ifPresent(data -> {
                    byte[] bytes = new byte[data.remaining()];
                    data.get(bytes);
                    seen.writeBytes(bytes);
                });
            }
        }
        same("first\nsecond\n", seen.toString(UTF_8));

        same(true, streams.appendAll(List.of(
                AppendRequest.of("seventeen/json", "application/json", "[{\"id\":1},{\"id\":2}]".getBytes(UTF_8))))
                instanceof AppendAllResult.AppendedAll);
        same(2, streams.readMessages("seventeen/json", Offset.BEGINNING).messages().size());
        same(2, streams.list("seventeen/", null, 10).streams().size());
        try {
            streams.append("seventeen/log", "late".getBytes(UTF_8));
            throw new IllegalStateException("a closed stream took an append");
        } catch (RefusedException expected) {
            same(ErrorKind.CLOSED, expected.kind());
        }
        same(true, streams.delete("seventeen/json"));
        same(false, streams.delete("seventeen/json"));
    }

    private static void entries(Entries entries) throws IOException {
        EntryPath title = EntryPath.of("plain", "title");
        long revision = entries.set(title, EntryValue.of("first"));
        entries.write(EntryOp.set(title, EntryValue.of("seventeen")).ifMatch(revision));
        try {
            entries.write(EntryOp.set(title, EntryValue.of("late")).ifMatch(revision));
            throw new IllegalStateException("a stale revision was taken");
        } catch (EntryRefusedException expected) {
            same(EntryWriteResult.Reason.CONFLICT, expected.refusal().reason());
        }
        same(5L, entries.increment(EntryPath.of("plain", "visits"), 5));
        same(1, entries.add(EntryPath.of("plain", "tags"), EntryValue.of("a")).size());
        same("first", text(entries.getAt(title, 1).orElseThrow().value()));
        try (Stream<dev.varve.api.Entry> all = entries.list(EntryPattern.parse("plain/**"))) {
            same(3L, all.count());
        }
        entries.putFile(EntryPath.of("plain", "file"), "content".getBytes(UTF_8), "text/plain", "file.txt");
        try (InputStream content = entries.openFile(EntryPath.of("plain", "file")).orElseThrow()) {
            same("content", new String(content.readAllBytes(), UTF_8));
        }
        entries.rollback(EntryPath.of("plain"), 2);
        same("seventeen", text(entries.get(title).orElseThrow().value()));
    }

    private static void repositories(Store store) {
        Repository<Link> links = store.repository(Link.class);
        Link dust = new Link("dust", "Dust", 0, List.of("a", "b"));
        links.insert(dust, Precondition.ifAbsent());
        same(dust, links.get("dust"));
        links.update("dust", Link::visited);
        same(dust.visited(), links.find("dust").orElseThrow());

        Repository<Note> notes = store.repository(Note.class);
        store.batch()
                .insert(notes, new Note("one", "\u00e9\ud83d\ude00"))
                .insert(links, new Link("varve", "Varve", 1, List.of()))
                .commit();
        same(List.of("dust", "varve"), links.all().stream().map(Link::slug).toList());
        same("\u00e9\ud83d\ude00", notes.get("one").text());
        notes.delete("one");
        same(0L, notes.count());
    }

    private static String text(EntryValue value) {
        return value instanceof EntryValue.Text text ? text.value() : "not a text: " + value;
    }

    private static void same(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new IllegalStateException("expected " + expected + ", was " + actual);
        }
    }
}
