package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.putFile;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a copy of a store has of its source. */
interface EntryCloneRules {

    String COPY = "acme/copy";

    private static List<String> names(List<StoreInfo> stores) {
        return stores.stream().map(StoreInfo::name).toList();
    }

    private static EntryWriteResult write(EntryStorage storage, String store, EntryOp... ops) {
        return await(storage.write(new EntryWrite(store, List.of(ops), "device", "op", false, false)));
    }

    private static long seqOf(EntryWriteResult result) {
        return EntryProbe.written(result, 1).storeSeq();
    }

    private static List<Entry> list(EntryStorage storage, String store) {
        return await(storage.list(EntryQuery.matching(store, pattern("**")))).entries();
    }

    private static List<Entry> listAt(EntryStorage storage, String store, long atSeq) {
        return await(storage.listAt(EntryQuery.matching(store, pattern("**")), atSeq))
                .entries();
    }

    private static List<EntryEvent> events(EntryStorage storage, String store, long after) {
        return await(storage.events(store, after, EntryQuery.MAX_LIMIT)).events();
    }

    /** Has a store with something of everything; the last revision of {@code tree} is that of a deletion. */
    private static void fill(EntryProbe entries) {
        entries.written(set("tree", Map.of("a", 1, "b", Map.of("c", 2, "d", 3))), set("only", 1));
        entries.written(set("tree/a", 2));
        entries.written(increment("counter", 5), add("set", "x"), add("set", "y"));
        entries.written(set("gone", Map.of("x", 1, "y", 2)));
        entries.written(delete("gone"));
        entries.writtenOnce("device", "same", set("once", 1));
        entries.written(set("short", "lived").expiringAfter(60_000));
        entries.written(delete("tree/b/c"));
    }

    /** Checks that the copy says of each moment what its source says, and of now at least in what it reads. */
    private static void isCopy(EntryStorage storage, String source, String copy, long earliest, long latest) {
        assertThat(events(storage, copy, earliest).stream()
                        .filter(event -> event.storeSeq() <= latest)
                        .toList())
                .isEqualTo(events(storage, source, earliest).stream()
                        .filter(event -> event.storeSeq() <= latest)
                        .toList());
        for (long seq = earliest; seq <= latest; seq++) {
            assertThat(listAt(storage, copy, seq)).isEqualTo(listAt(storage, source, seq));
            assertThat(await(storage.diff(copy, earliest, seq))).isEqualTo(await(storage.diff(source, earliest, seq)));
            assertThat(await(storage.getAt(copy, path("tree"), seq)))
                    .isEqualTo(await(storage.getAt(source, path("tree"), seq)));
        }
    }

    @Test
    default void a_copy_of_a_store_has_all_that_the_store_has(EntryProbe entries) {
        fill(entries);
        EntryStorage storage = entries.storage();
        long seq = entries.storeSeq();

        StoreInfo copy = await(storage.cloneStore(STORE, COPY));

        assertThat(copy.name()).isEqualTo(COPY);
        assertThat(copy.storeSeq()).isEqualTo(seq);
        assertThat(copy.archived()).isFalse();
        assertThat(storage.store(COPY)).contains(copy);
        assertThat(storage.store(copy.id())).contains(copy);
        assertThat(names(storage.stores("acme"))).containsExactly(STORE, COPY);
        assertThat(list(storage, COPY)).isNotEmpty().isEqualTo(list(storage, STORE));
        for (String path : List.of("tree", "tree/a", "tree/b", "counter", "set", "gone", "short")) {
            assertThat(await(storage.get(COPY, path(path)))).isEqualTo(await(storage.get(STORE, path(path))));
        }
        isCopy(storage, STORE, COPY, 0, seq);
    }

    @Test
    default void conditions_hold_in_a_copy_as_in_its_source(EntryProbe entries) {
        fill(entries);
        EntryStorage storage = entries.storage();
        long seq = entries.storeSeq();
        await(storage.cloneStore(STORE, COPY));

        assertThat(write(storage, COPY, set("tree", Map.of("n", 1)).ifMatch(seq - 1)))
                .isInstanceOf(EntryWriteResult.Refused.class);
        assertThat(seqOf(write(storage, COPY, set("tree", Map.of("n", 1)).ifMatch(seq))))
                .isEqualTo(seq + 1);
        assertThat(seqOf(write(storage, COPY, increment("counter", 1)))).isEqualTo(seq + 2);
        EntryWrite again = new EntryWrite(COPY, List.of(set("once", 1)), "device", "same", true, false);
        EntryWriteResult recognised = await(storage.write(again));
        assertThat(seqOf(recognised)).isLessThan(seq);
        assertThat(storage.store(COPY).orElseThrow().storeSeq()).isEqualTo(seq + 2);
    }

    @Test
    default void a_copy_and_its_source_go_their_own_ways(EntryProbe entries) {
        fill(entries);
        EntryStorage storage = entries.storage();
        long seq = entries.storeSeq();
        List<Entry> before = list(storage, STORE);
        await(storage.cloneStore(STORE, COPY));

        entries.written(delete("tree"), set("only", 9));
        assertThat(list(storage, COPY)).isEqualTo(before);
        isCopy(storage, STORE, COPY, 0, seq);
        assertThat(seqOf(write(storage, COPY, delete("counter")))).isEqualTo(seq + 1);
        entries.holds("counter", 5);
        List<Entry> copied = list(storage, COPY);
        await(storage.deleteStore(STORE));

        assertThat(list(storage, COPY)).isEqualTo(copied);
        assertThat(listAt(storage, COPY, seq)).isEqualTo(before);
        assertThat(events(storage, COPY, 0)).hasSize((int) seq + 1);
    }

    @Test
    default void a_copy_has_the_history_that_is_kept_and_none_before(EntryProbe entries) {
        fill(entries);
        EntryStorage storage = entries.storage();
        long seq = entries.storeSeq();
        await(storage.compact(STORE, seq - 3));
        await(storage.cloneStore(STORE, COPY));

        assertThat(storage.store(COPY).orElseThrow().compactedSeq()).isEqualTo(seq - 3);
        isCopy(storage, STORE, COPY, seq - 3, seq);
        fails(ErrorKind.COMPACTED, () -> storage.events(COPY, 0, 10));
        await(storage.compact(COPY, seq));
        isCopy(storage, STORE, COPY, seq, seq);
        assertThat(listAt(storage, STORE, seq - 3)).isNotEmpty();
    }

    @Test
    default void copies_come_back_as_they_were(EntryProbe entries) {
        fill(entries);
        long seq = entries.storeSeq();
        StoreInfo copy = await(entries.storage().cloneStore(STORE, COPY));
        entries.written(set("tree/b", 7));
        await(entries.storage().cloneStore(COPY, "acme/third"));

        for (int life = 0; life < 3; life++) {
            entries.reopen();

            assertThat(entries.storage().store(COPY)).contains(copy);
            isCopy(entries.storage(), STORE, COPY, 0, seq);
            isCopy(entries.storage(), COPY, "acme/third", 0, seq);
            assertThat(list(entries.storage(), "acme/third")).isEqualTo(list(entries.storage(), COPY));
        }
        assertThat(seqOf(write(entries.storage(), COPY, set("tree", Map.of()).ifMatch(seq))))
                .isEqualTo(seq + 1);
    }

    @Test
    default void what_lives_for_some_time_does_so_in_a_copy(EntryProbe entries) {
        entries.written(set("short", "lived").expiringAfter(60_000), set("stays", 1));
        EntryStorage storage = entries.storage();
        await(storage.cloneStore(STORE, COPY));
        assertThat(list(storage, COPY)).hasSize(2);

        entries.advance(Duration.ofSeconds(61));

        eventually("the copy has lost it", () -> list(storage, COPY).size() == 1);
    }

    @Test
    default void a_copy_refers_to_the_files_of_its_source(EntryProbe entries) {
        byte[] bytes = "content".getBytes(UTF_8);
        FileReference file = entries.store(bytes, 100);
        entries.written(putFile("logo", file));
        EntryStorage storage = entries.storage();
        await(storage.cloneStore(STORE, COPY));
        await(storage.deleteStore(STORE));

        try (FileContent content =
                await(storage.file(file.hash(), store -> store.name().equals(COPY)))) {
            assertThat(content.reference().hash()).isEqualTo(file.hash());
        }
    }

    @Test
    default void a_store_is_copied_to_a_free_name_of_its_organisation(EntryProbe entries) {
        EntryStorage storage = entries.storage();
        fails(ErrorKind.NOT_FOUND, () -> storage.cloneStore(STORE, COPY));
        entries.written(set("a", 1));
        await(storage.archiveStore(STORE));
        await(storage.createStore("acme/taken"));

        fails(ErrorKind.ALREADY_EXISTS, () -> storage.cloneStore(STORE, "acme/taken"));
        fails(ErrorKind.ALREADY_EXISTS, () -> storage.cloneStore(STORE, STORE));
        fails(ErrorKind.INVALID_PARAMS, () -> storage.cloneStore(STORE, "umbrella/copy"));
        fails(ErrorKind.INVALID_PARAMS, () -> storage.cloneStore(STORE, "Acme/copy"));

        assertThat(names(storage.stores(null))).containsExactly(STORE, "acme/taken");
        assertThat(await(storage.cloneStore(STORE, COPY)).archived()).isFalse();
        assertThat(seqOf(write(storage, COPY, set("a", 2)))).isEqualTo(2);
    }
}
