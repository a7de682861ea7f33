package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.LimitExceededException;
import dev.varve.api.LimitExceededException.Dimension;
import dev.varve.api.StoreInfo;
import dev.varve.engine.entries.StoreQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How much stores may hold, and how many there may be. */
final class EntriesQuotasTest {

    private static final String STORE = "acme/app";

    @TempDir
    private Path directory;

    private final TestClock clock = new TestClock();
    private Engine engine = open(new StoreQuotas(3, 10, 2));

    private Engine open(StoreQuotas quotas) {
        return Engine.inMemory(TestEngines.OPTIONS.withQuotas(quotas));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private CompletableFuture<EntryWriteResult> write(String store, EntryOp... ops) {
        return engine.entries().write(new EntryWrite(store, List.of(ops), "device", "op", false, true));
    }

    private void written(EntryOp... ops) {
        assertThat(write(STORE, ops).join()).isInstanceOf(EntryWriteResult.Written.class);
    }

    private static EntryOp set(String path) {
        return EntryOp.set(EntryPath.parse(path), EntryValue.of(1));
    }

    private static EntryOp set(String path, String... fields) {
        return EntryOp.set(EntryPath.parse(path), object(fields));
    }

    private static EntryValue object(String... fields) {
        Map<String, EntryValue> values = new LinkedHashMap<>();
        for (String field : fields) {
            values.put(field, EntryValue.of(1));
        }
        return new EntryValue.Fields(values);
    }

    private static EntryOp delete(String path) {
        return EntryOp.delete(EntryPath.parse(path));
    }

    private static LimitExceededException exceeds(Dimension dimension, CompletableFuture<?> call) {
        Throwable failure = catchThrowable(call::join);
        if (!(failure instanceof CompletionException done && done.getCause() instanceof LimitExceededException over)) {
            throw new AssertionError("no limit was exceeded", failure);
        }
        assertThat(over.kind()).isEqualTo(ErrorKind.LIMIT_EXCEEDED);
        assertThat(over.retryable()).isFalse();
        assertThat(over.dimension()).isEqualTo(dimension);
        return over;
    }

    private StoreInfo info(String store) {
        return engine.entries().store(store).orElseThrow();
    }

    // ---- entries

    @ParameterizedTest
    @EnumSource(names = {"SET", "MERGE", "INCREMENT", "ADD", "REMOVE", "LEASE"})
    void no_change_adds_an_entry_too_many(EntryOp.Kind kind) {
        written(set("a"), set("b"), set("c"));
        EntryPath path = EntryPath.of("d");
        EntryOp op = switch (kind) {
            case MERGE -> EntryOp.of(kind, path, object("x"));
            case LEASE -> EntryOp.lease(kind, path, new EntryOp.LeaseTerms(1_000, null, null));
            default -> EntryOp.of(kind, path, EntryValue.of(1));
        };

        LimitExceededException over = exceeds(Dimension.KEYS, write(STORE, op));

        assertThat(over.current()).isEqualTo(3);
        assertThat(over.limit()).isEqualTo(3);
        assertThat(over).hasMessageContaining(STORE).hasMessageContaining("3 entries");
        assertThat(info(STORE).storeSeq()).isEqualTo(3);
        assertThat(info(STORE).entryCount()).isEqualTo(3);
    }

    @Test
    void what_counts_is_what_there_is_after_the_whole_write() {
        written(set("a", "x", "y", "z"));
        written(set("a", "u", "v", "w"));
        written(set("b"), delete("a"), set("c", "x", "y"));
        assertThat(info(STORE).entryCount()).isEqualTo(3);
        exceeds(Dimension.KEYS, write(STORE, delete("b"), set("d", "x", "y")));
        assertThat(info(STORE).entryCount()).isEqualTo(3);
    }

    @Test
    void of_many_writes_at_a_time_as_many_are_made_as_fit() {
        List<CompletableFuture<EntryWriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            writes.add(write(STORE, set("n" + i)));
        }

        long made = writes.stream()
                .filter(write ->
                        write.handle((result, failure) -> failure == null).join())
                .count();

        assertThat(made).isEqualTo(3);
        assertThat(info(STORE).entryCount()).isEqualTo(3);
        assertThat(info(STORE).storeSeq()).isEqualTo(3);
    }

    @Test
    void a_write_that_is_refused_for_it_creates_no_store() {
        exceeds(Dimension.KEYS, write(STORE, set("a", "w", "x", "y", "z")));
        assertThat(engine.entries().stores(null)).isEmpty();
    }

    @Test
    void a_condition_that_does_not_hold_is_told_first() {
        written(set("a"), set("b"), set("c"));
        assertThat(write(STORE, set("d"), set("a").onlyIfAbsent()).join()).isInstanceOf(EntryWriteResult.Refused.class);
    }

    @Test
    void above_a_limit_that_was_lowered_everything_goes_on_that_adds_nothing() {
        engine.close();
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        written(set("a", "v", "w", "x", "y", "z"));
        engine.close();
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS.withQuotas(new StoreQuotas(3, 0, 0)), clock);

        exceeds(Dimension.KEYS, write(STORE, set("b")));
        written(set("a/v"));
        written(delete("a/v"));
        written(delete("a/w"), set("b"));
        assertThat(info(STORE).entryCount()).isEqualTo(4);
        exceeds(Dimension.KEYS, write(STORE, set("c")));
        exceeds(Dimension.KEYS, engine.entries().cloneStore(STORE, "acme/copy"));
        written(delete("a/x"), delete("a/y"));
        written(set("c"));
        assertThat(engine.entries().cloneStore(STORE, "acme/copy").join().entryCount())
                .isEqualTo(3);
    }

    @Test
    void a_rollback_that_would_bring_back_too_many_fails() {
        written(set("a", "x", "y"));
        written(delete("a"));
        written(set("b"), set("c"));
        EntryStorage entries = engine.entries();

        exceeds(Dimension.KEYS, entries.rollback(STORE, EntryPath.of("a"), 1, "undo"));

        assertThat(info(STORE).storeSeq()).isEqualTo(4);
        entries.rollback(STORE, null, 1, "undo").join();
        assertThat(info(STORE).entryCount()).isEqualTo(2);
    }

    // ---- files

    private FileReference store(String content) {
        try (FileUpload upload = engine.entries().upload(STORE, 1_000)) {
            upload.append(ByteBuffer.wrap(content.getBytes(UTF_8))).join();
            return upload.finish(null, null).join();
        }
    }

    private static EntryOp put(String path, FileReference file) {
        return EntryOp.of(EntryOp.Kind.PUT_FILE, EntryPath.parse(path), file.toValue());
    }

    @Test
    void no_write_refers_to_more_bytes_of_files_than_may_be() {
        FileReference six = store("123456");
        FileReference four = store("1234");
        written(put("a", six));

        LimitExceededException over = exceeds(Dimension.FILE_STORAGE, write(STORE, put("b", six)));

        assertThat(over.current()).isEqualTo(6);
        assertThat(over.limit()).isEqualTo(10);
        exceeds(Dimension.FILE_STORAGE, write(STORE, EntryOp.set(EntryPath.of("b"), six.toValue())));
        written(put("b", four));
        written(put("a", four));
        written(put("b", six));
        assertThat(info(STORE).fileBytes()).isEqualTo(10);
        written(delete("a"), set("a"));
        assertThat(info(STORE).fileBytes()).isEqualTo(6);
    }

    // ---- stores

    @Test
    void an_organisation_gets_no_store_too_many_in_any_way() {
        EntryStorage entries = engine.entries();
        written(set("a"));
        entries.createStore("acme/second").join();

        LimitExceededException over = exceeds(Dimension.STORES, entries.createStore("acme/third"));

        assertThat(over.current()).isEqualTo(2);
        assertThat(over.limit()).isEqualTo(2);
        exceeds(Dimension.STORES, write("acme/third", set("a")));
        exceeds(Dimension.STORES, entries.cloneStore(STORE, "acme/third"));
        entries.createStore("other/first").join();
        entries.archiveStore("acme/second").join();
        exceeds(Dimension.STORES, entries.createStore("acme/third"));
        entries.deleteStore("acme/second").join();
        entries.cloneStore(STORE, "acme/third").join();
        exceeds(Dimension.STORES, entries.createStore("acme/second"));
    }

    @Test
    void stores_are_counted_again_when_the_engine_opens() {
        engine.close();
        EngineOptions options = TestEngines.OPTIONS.withQuotas(new StoreQuotas(0, 0, 2));
        engine = TestEngines.onDisk(directory, options, clock);
        engine.entries().createStore("acme/a").join();
        engine.checkpoint().join();
        engine.entries().createStore("acme/b").join();
        engine.close();
        engine = TestEngines.onDisk(directory, options, clock);

        exceeds(Dimension.STORES, engine.entries().createStore("acme/c"));
        engine.entries().deleteStore("acme/a").join();
        engine.entries().createStore("acme/c").join();
    }

    @Test
    void what_a_server_notes_about_itself_is_not_bounded() {
        EntryStorage records = engine.reservedEntries();
        for (int store = 0; store < 5; store++) {
            String name = "__varve/records-" + (char) ('a' + store);
            for (int i = 0; i < 10; i++) {
                records.write(new EntryWrite(name, List.of(set("n" + i)), "server", "op", false, true))
                        .join();
            }
        }
        assertThat(records.stores(null)).hasSize(5).allMatch(store -> store.entryCount() == 10);
    }
}
