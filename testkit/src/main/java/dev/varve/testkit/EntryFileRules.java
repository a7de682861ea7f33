package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.fails;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.putFile;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that entries refer to. */
interface EntryFileRules {

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "5,2", "65535,1000", "65536,65536", "65537,65536", "200000,7777", "3000000,1000000"})
    default void a_file_is_read_as_it_was_stored(int bytes, int pieceBytes, EntryProbe entries) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);

        FileReference file = entries.store(content, pieceBytes);
        entries.written(putFile("f", file));

        assertThat(file.hash()).isEqualTo(ModelFiles.hash(content));
        assertThat(file.size()).isEqualTo(bytes);
        assertThat(EntryProbe.read(entries.storage(), file.hash(), store -> true))
                .isEqualTo(content);
    }

    @Test
    default void a_part_of_a_file_is_read(EntryProbe entries) {
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        FileReference file = entries.store(content, content.length);
        entries.written(putFile("f", file));

        try (var opened = await(entries.storage().file(file.hash(), store -> true))) {
            for (int position : new int[] {0, 1, 65_535, 65_536, 131_073, 299_999, 300_000}) {
                ByteBuffer part = await(opened.read(position, 1_000));
                int length = Math.min(1_000, content.length - position);
                assertThat(part.remaining()).isBetween(Math.min(1, length), length);
                assertThat(part).isEqualTo(ByteBuffer.wrap(content, position, part.remaining()));
            }
        }
    }

    @Test
    default void a_file_is_an_entry_that_says_what_it_refers_to(EntryProbe entries) {
        FileReference file = entries.store("hello");
        entries.written(set("f/below", 1));

        long seq = entries.wrote(putFile("f", file));

        Entry entry = entries.get("f");
        assertThat(entry.type()).isEqualTo(EntryType.FILE);
        assertThat(entry.revision()).isEqualTo(seq);
        assertThat(FileReference.of(entry.value())).isEqualTo(file);
        assertThat(entries.exists("f/below")).isFalse();
        EntryEvent event = entries.events(seq - 1).get(0);
        assertThat(event.kind()).isEqualTo(EntryOp.Kind.PUT_FILE);
        assertThat(event.value()).isEqualTo(file.toValue());
    }

    @Test
    default void only_a_file_that_was_stored_is_put(EntryProbe entries) {
        entries.written(set("other", 1));
        entries.refused(Reason.FILE_NOT_FOUND, putFile("f", "never stored"));

        FileReference file = entries.store("stored");
        FileReference lies = new FileReference(file.hash(), file.size() + 1, null, null, null);
        entries.refused(Reason.INVALID_VALUE, putFile("f", lies));
        assertThat(entries.exists("f")).isFalse();
    }

    @Test
    default void another_organisation_has_its_own_files(EntryProbe entries) {
        FileReference file = entries.store("ours");
        EntryWrite theirs = new EntryWrite("other/store", List.of(putFile("f", file)), "device", "op", false, true);

        assertThat(await(entries.storage().write(theirs)))
                .isInstanceOfSatisfying(
                        dev.varve.api.EntryWriteResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.FILE_NOT_FOUND));

        // Whoever only names the hash gets nothing by it.
        EntryWrite named = new EntryWrite(
                "other/store", List.of(EntryOp.set(path("f"), file.toValue())), "device", "op2", false, true);
        await(entries.storage().write(named));
        entries.written(putFile("f", file));
        fails(
                ErrorKind.NOT_FOUND,
                () -> entries.storage().file(file.hash(), store -> store.name().equals("other/store")));
    }

    @Test
    default void a_file_is_read_through_stores_that_refer_to_it(EntryProbe entries) {
        FileReference file = entries.store("hello");
        fails(ErrorKind.FORBIDDEN, () -> entries.storage().file(file.hash(), store -> true));

        entries.written(putFile("f", file));

        assertThat(entries.read(file)).isEqualTo("hello");
        fails(ErrorKind.FORBIDDEN, () -> entries.storage().file(file.hash(), store -> false));
        fails(ErrorKind.FORBIDDEN, () -> entries.storage().file(ModelFiles.hash(new byte[9]), store -> true));
        fails(ErrorKind.FORBIDDEN, () -> entries.storage().file("no hash", store -> true));
        await(entries.storage().deleteStore(STORE));
        fails(ErrorKind.FORBIDDEN, () -> entries.storage().file(file.hash(), store -> true));
    }

    @Test
    default void a_file_stays_as_long_as_history_shows_it(EntryProbe entries) {
        FileReference first = entries.store("first");
        FileReference second = entries.store("second");
        entries.written(putFile("f", first));
        entries.written(putFile("f", second));

        assertThat(entries.read(first)).isEqualTo("first");
        assertThat(entries.read(second)).isEqualTo("second");
        Entry before = await(entries.storage().getAt(STORE, path("f"), 1)).orElseThrow();
        assertThat(FileReference.of(before.value())).isEqualTo(first);
    }

    @Test
    default void files_come_back(EntryProbe entries) {
        FileReference file = entries.store("hello");
        entries.written(putFile("f", file));

        entries.reopen();

        assertThat(entries.read(file)).isEqualTo("hello");
        entries.written(putFile("again", file));
        entries.reopen();
        assertThat(entries.read(file)).isEqualTo("hello");
        assertThat(FileReference.of(entries.get("again").value())).isEqualTo(file);
    }

    @Test
    default void a_file_that_gets_too_large_is_refused(EntryProbe entries) {
        try (FileUpload upload = entries.storage().upload(STORE, 10)) {
            assertThat(await(upload.append(ByteBuffer.wrap(new byte[10])))).isEqualTo(10);
            fails(ErrorKind.TOO_LARGE, () -> upload.append(ByteBuffer.wrap(new byte[1])));
        }
        fails(ErrorKind.INVALID_PARAMS, () -> {
            try (FileUpload upload = entries.storage().upload("no name", 10)) {
                return upload.append(ByteBuffer.wrap(new byte[1]));
            }
        });
    }

    @Test
    default void a_file_that_is_stored_again_is_recognised_as_the_same_write(EntryProbe entries) {
        FileReference first = entries.store("hello");
        FileReference again =
                new FileReference(first.hash(), first.size(), first.contentType(), first.filename(), null);

        long seq = entries.writtenOnce("device", "name", putFile("f", first)).storeSeq();

        assertThat(entries.writtenOnce("device", "name", putFile("f", again)).storeSeq())
                .isEqualTo(seq);
        assertThat(entries.storeSeq()).isEqualTo(seq);
    }

    @Test
    default void programs_store_and_read_files_as_streams(EntryProbe probe) throws IOException {
        Entries entries = Entries.over(probe.storage(), STORE);
        byte[] content = new byte[700_000];
        new Random(7).nextBytes(content);

        Entry entry = entries.putFile(path("a/f"), new ByteArrayInputStream(content), "image/png", "a.png");

        FileReference file = FileReference.of(entry.value());
        assertThat(file).isNotNull();
        assertThat(file.contentType()).isEqualTo("image/png");
        assertThat(file.filename()).isEqualTo("a.png");
        assertThat(probe.get("a/f")).isEqualTo(entry);
        try (InputStream opened = entries.openFile(path("a/f")).orElseThrow()) {
            assertThat(opened.readAllBytes()).isEqualTo(content);
        }
        entries.set(path("b"), dev.varve.api.EntryValue.of("text"));
        assertThat(entries.openFile(path("b"))).isEmpty();
        assertThat(entries.openFile(path("c"))).isEmpty();
    }
}
