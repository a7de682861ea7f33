package dev.varve.bench.corrupt;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.FileContent;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a store answers, in words: for each question of a fixed list an answer. An answer that ends with
 * {@value #CORRUPT} and words says that what follows could not be read. Immutable.
 */
record Contents(Map<String, String> answers) {

    /** Stands before the words when the disk, not the data, is to blame. */
    static final String UNAVAILABLE = "[unavailable] ";

    static final String CORRUPT = "!corrupt: ";

    /** Stands before the name of a file of entries that is not there. */
    static final String GONE = "gone: ";

    private static final int FILE_PIECE_BYTES = 10_000;
    private static final int SMALL_PAGE_BYTES = 700;
    private static final int LARGE_PAGE_BYTES = 1 << 20;
    private static final String FEED = "__registry__";

    /** Waits for a call. */
    interface Await {
        <T> T of(CompletableFuture<T> future) throws Exception;
    }

    /** Says that an answer came that no storage may give. */
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;

        Wrong(String what, Throwable cause) {
            super(what + ": " + cause, cause);
        }
    }

    /** Asks everything. Writes nothing. */
    static Contents of(StreamStorage storage, EntryStorage entries, EventStorage log, Await await) throws Wrong {
        Reader reader = new Reader(storage, entries, log, await);
        for (String path : SampleStore.PATHS) {
            reader.metadata(path);
            if (!path.equals(SampleStore.TOUCHED)) {
                reader.messages(path);
                reader.bytes(path);
            }
        }
        for (SampleStore.KnownProducer producer : SampleStore.PRODUCERS) {
            reader.producer(producer.path(), producer.id());
        }
        reader.messages(FEED);
        reader.list();
        reader.stores();
        for (String store : SampleStore.STORES) {
            for (String path : SampleStore.ENTRIES) {
                reader.entry(store, path);
            }
            reader.entries(store);
            reader.events(store);
            reader.history(store);
        }
        for (String hash : SampleStore.FILES) {
            reader.file(hash);
        }
        reader.log(SampleStore.STORE);
        for (AggregateId aggregate : SampleStore.AGGREGATES) {
            reader.aggregate(SampleStore.STORE, aggregate);
        }
        return new Contents(reader.answers);
    }

    private static final class Reader {
        private final StreamStorage storage;
        private final EntryStorage entries;
        private final EventStorage log;
        private final Await await;
        final Map<String, String> answers = new LinkedHashMap<>();

        Reader(StreamStorage storage, EntryStorage entries, EventStorage log, Await await) {
            this.storage = storage;
            this.entries = entries;
            this.log = log;
            this.await = await;
        }

        /** Adds to what was understood so far. */
        private interface Question {
            void ask(StringBuilder answer) throws Exception;
        }

        private void ask(String what, Question question) throws Wrong {
            StringBuilder answer = new StringBuilder();
            try {
                question.ask(answer);
            } catch (Exception e) {
                Throwable cause =
                        e instanceof ExecutionException || e instanceof CompletionException ? e.getCause() : e;
                boolean unreadable = cause instanceof VarveException refusal
                        && (refusal.kind() == ErrorKind.CORRUPT || refusal.kind() == ErrorKind.UNAVAILABLE);
                if (!unreadable || cause == null) {
                    throw new Wrong(what, cause == null ? e : cause);
                }
                boolean unavailable = ((VarveException) cause).kind() == ErrorKind.UNAVAILABLE;
                answer.append(CORRUPT)
                        .append(unavailable ? UNAVAILABLE : "")
                        .append(String.valueOf(cause.getMessage()).replace('\n', ' '));
            }
            answers.put(what, answer.toString());
        }

        void metadata(String path) throws Wrong {
            ask(
                    path + " metadata",
                    answer -> answer.append(
                            switch (await.of(storage.metadata(path))) {
                                case StreamMetadata stream -> words(stream);
                                case Refusal refusal -> words(refusal);
                            }));
        }

        void messages(String path) throws Wrong {
            ask(path + " messages", answer -> {
                Offset at = Offset.BEGINNING;
                while (true) {
                    switch (await.of(storage.readMessages(path, at, SMALL_PAGE_BYTES))) {
                        case Refusal refusal -> {
                            answer.append(words(refusal));
                            return;
                        }
                        case MessagesResult.Messages page -> {
                            for (MessagesResult.Message message : page.messages()) {
                                answer.append(words(message.data()))
                                        .append('@')
                                        .append(message.next().position())
                                        .append(' ');
                            }
                            at = page.next();
                            if (!page.hasMore()) {
                                answer.append("to ").append(at.position()).append(page.closed() ? " closed" : "");
                                return;
                            }
                        }
                    }
                }
            });
        }

        void bytes(String path) throws Wrong {
            ask(path + " bytes", answer -> {
                switch (await.of(storage.read(path, Offset.BEGINNING, LARGE_PAGE_BYTES))) {
                    case Refusal refusal -> answer.append(words(refusal));
                    case ReadResult.Page page ->
                        answer.append(words(page.data()))
                                .append(" from ")
                                .append(page.start().position())
                                .append(" to ")
                                .append(page.next().position())
                                .append(page.hasMore() ? " and more" : "")
                                .append(page.closed() ? " closed" : "")
                                .append(" of ")
                                .append(page.contentType())
                                .append(' ')
                                .append(page.incarnation());
                }
            });
        }

        /** What is known of a producer shows in how requests are refused that cannot be right. */
        void producer(String path, String id) throws Wrong {
            ask(path + " producer " + id, answer -> {
                Producer ahead = new Producer(id, SampleStore.EPOCH, Producer.MAX_NUMBER);
                Producer behind = new Producer(id, 0, 0);
                for (Producer producer : List.of(ahead, behind)) {
                    AppendRequest request = AppendRequest.of(path, SampleStore.BYTES, new byte[] {1});
                    answer.append(
                                    await.of(storage.append(request.withProducer(producer))) instanceof Refusal refusal
                                            ? words(refusal)
                                            : "accepted")
                            .append(' ');
                }
            });
        }

        void stores() throws Wrong {
            ask("stores", answer -> answer.append(entries.stores(null)));
        }

        void entry(String store, String path) throws Wrong {
            ask(
                    "entry " + path + " of " + store,
                    answer -> answer.append(await.of(entries.get(store, EntryPath.parse(path)))
                            .map(Contents::words)
                            .orElse("nothing")));
        }

        void entries(String store) throws Wrong {
            ask("entries of " + store, answer -> {
                EntryQuery all = EntryQuery.matching(store, EntryPattern.ALL);
                await.of(entries.list(all)).entries().forEach(entry -> answer.append(words(entry)));
            });
        }

        void events(String store) throws Wrong {
            ask("events of " + store, answer -> {
                long after = 0;
                while (true) {
                    EntryEventPage page = await.of(entries.events(store, after, 1_000));
                    for (EntryEvent event : page.events()) {
                        answer.append(event.storeSeq())
                                .append(' ')
                                .append(event.kind())
                                .append(' ')
                                .append(event.path())
                                .append(' ')
                                .append(words(event.value()))
                                .append("; ");
                        after = event.storeSeq();
                    }
                    if (after == page.storeSeq()) {
                        return;
                    }
                }
            });
        }

        void log(String store) throws Wrong {
            ask("log of " + store, answer -> log(store, EventRead.all(), answer));
            ask(
                    "log of " + store + " backward",
                    answer -> log(
                            store,
                            EventRead.all().matching(EventQuery.tags("all")).backward(),
                            answer));
            ask(
                    "log of " + store + " by type",
                    answer -> log(store, EventRead.category("order").matching(EventQuery.types("Changed")), answer));
            ask("aggregates of " + store, answer -> answer.append(await.of(log.aggregates(store, null, null, 100))));
            ask("checkpoints of " + store, answer -> answer.append(await.of(log.checkpoints(store))));
        }

        void aggregate(String store, AggregateId aggregate) throws Wrong {
            ask("aggregate " + aggregate, answer -> answer.append(await.of(log.aggregate(store, aggregate))));
            ask("events of " + aggregate, answer -> log(store, EventRead.of(aggregate), answer));
            ask("snapshots of " + aggregate, answer -> {
                for (Snapshot snapshot : await.of(log.snapshots(store, aggregate, SnapshotQuery.ALL))) {
                    answer.append(snapshot.version())
                            .append(' ')
                            .append(words(snapshot.state().buffer()))
                            .append("; ");
                }
            });
        }

        private void log(String store, EventRead read, StringBuilder answer) throws Exception {
            EventRead next = read.withLimit(7);
            while (true) {
                EventSlice slice = await.of(log.read(store, next));
                for (StoredEvent event : slice.events()) {
                    answer.append(event.position())
                            .append(' ')
                            .append(event.aggregate())
                            .append('@')
                            .append(event.version())
                            .append(' ')
                            .append(event.id())
                            .append(' ')
                            .append(event.type())
                            .append(event.tags())
                            .append(event.metadata())
                            .append(event.time())
                            .append(event.redacted() ? " redacted " : " ")
                            .append(words(event.data().buffer()))
                            .append("; ");
                }
                if (!slice.more()) {
                    answer.append("to ").append(slice.head());
                    return;
                }
                next = next.next(slice);
            }
        }

        void history(String store) throws Wrong {
            for (long atSeq : SampleStore.ENTRY_MOMENTS) {
                ask("entries of " + store + " at " + atSeq, answer -> {
                    EntryQuery all = EntryQuery.matching(store, EntryPattern.ALL);
                    await.of(entries.listAt(all, atSeq)).entries().forEach(entry -> answer.append(words(entry)));
                });
            }
        }

        /** The bytes piece by piece: what was given before one is found damaged is compared, too. */
        void file(String hash) throws Wrong {
            ask("file " + hash, answer -> {
                try (FileContent content = await.of(entries.file(hash, store -> true))) {
                    answer.append(content.reference().contentType())
                            .append(' ')
                            .append(content.reference().filename())
                            .append(' ')
                            .append(content.reference().size());
                    for (long at = 0; at < content.reference().size(); ) {
                        ByteBuffer piece = await.of(content.read(at, FILE_PIECE_BYTES));
                        at += piece.remaining();
                        answer.append(' ').append(words(piece));
                    }
                } catch (ExecutionException | CompletionException e) {
                    // The one answer that is no damage of a file, but the lack of it.
                    if (!(e.getCause() instanceof VarveException gone) || gone.kind() != ErrorKind.NOT_FOUND) {
                        throw e;
                    }
                    answer.append(CORRUPT).append(GONE).append(hash.substring(hash.indexOf(':') + 1));
                }
            });
        }

        void list() throws Wrong {
            ask("list", answer -> {
                switch (await.of(storage.list("", null, 1_000))) {
                    case Refusal refusal -> answer.append(words(refusal));
                    case ListResult.Listing listing ->
                        listing.streams()
                                .forEach(stream -> answer.append(words(stream)).append("; "));
                }
            });
        }
    }

    private static String words(Entry entry) {
        return entry.path() + " " + entry.type() + " " + entry.revision() + " " + words(entry.value()) + "; ";
    }

    /** Long values as short words. */
    private static String words(@Nullable EntryValue value) {
        return value == null
                ? "nothing"
                : words(ByteBuffer.wrap(value.toString().getBytes(UTF_8)));
    }

    private static String words(StreamMetadata stream) {
        return stream.toString();
    }

    private static String words(Refusal refusal) {
        return refusal.kind() + " " + refusal.offset() + " " + refusal.producerEpoch() + " "
                + refusal.expectedSequence() + " " + refusal.receivedSequence();
    }

    private static String words(ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(data.duplicate());
        return data.remaining() + ":" + Long.toHexString(crc.getValue());
    }

    /** What another store's answers are beside these. */
    sealed interface Comparison {
        /** All answers are these. */
        record Same() implements Comparison {}

        /** Some could not be read, with the first of the words for each; all else is the same. */
        record Unreadable(Map<String, String> questions) implements Comparison {}

        /** One answer is another. */
        record Different(String words) implements Comparison {}
    }

    /** Compares what a damaged store answers with these answers of the sound one. */
    Comparison compare(Contents damaged) {
        Map<String, String> unreadable = new LinkedHashMap<>();
        for (Map.Entry<String, String> answer : answers.entrySet()) {
            String found = damaged.answers.getOrDefault(answer.getKey(), "nothing");
            int corrupt = found.indexOf(CORRUPT);
            if (corrupt >= 0 && answer.getValue().startsWith(found.substring(0, corrupt))) {
                unreadable.put(answer.getKey(), found.substring(corrupt + CORRUPT.length()));
            } else if (!found.equals(answer.getValue())) {
                return new Comparison.Different(
                        answer.getKey() + " is '" + found + "', not '" + answer.getValue() + "'");
            }
        }
        return unreadable.isEmpty() ? new Comparison.Same() : new Comparison.Unreadable(unreadable);
    }

    void save(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        answers.forEach((question, answer) -> lines.add(question + "\t" + answer));
        Files.write(file, lines, UTF_8);
    }

    static Contents load(Path file) throws IOException {
        Map<String, String> answers = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file, UTF_8)) {
            int tab = line.indexOf('\t');
            answers.put(line.substring(0, tab), line.substring(tab + 1));
        }
        return new Contents(answers);
    }
}
