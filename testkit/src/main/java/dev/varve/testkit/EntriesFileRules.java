package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.path;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryType;
import dev.varve.api.FileReference;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Files as a program stores and reads them. */
interface EntriesFileRules {

    private static FileReference reference(Entry entry) {
        return Objects.requireNonNull(FileReference.of(entry.value()));
    }

    private static byte[] read(EntriesProbe store, String path) throws IOException {
        try (InputStream content = store.entries().openFile(path(path)).orElseThrow()) {
            return content.readAllBytes();
        }
    }

    @Test
    default void a_file_comes_back_with_what_is_said_of_it(EntriesProbe store) throws IOException {
        store.set("docs/a b/below", 1);
        Entry put = store.entries().putFile(path("docs/a b"), "hello".getBytes(UTF_8), "text/plain", "grüße & co.txt");

        assertThat(put.type()).isEqualTo(EntryType.FILE);
        assertThat(put.revision()).isEqualTo(2);
        FileReference file = reference(put);
        assertThat(file.hash()).isEqualTo(EntryProbe.reference("hello").hash());
        assertThat(file.size()).isEqualTo(5);
        assertThat(file.contentType()).isEqualTo("text/plain");
        assertThat(file.filename()).isEqualTo("grüße & co.txt");
        assertThat(store.get("docs/a b")).isEqualTo(put);
        assertThat(store.paths("**")).containsExactly("docs/a b");
        assertThat(read(store, "docs/a b")).isEqualTo("hello".getBytes(UTF_8));
    }

    @Test
    default void a_file_may_be_empty_and_nameless(EntriesProbe store) throws IOException {
        Entry put = store.entries().putFile(path("f"), new byte[0], null, null);
        assertThat(reference(put).size()).isZero();
        assertThat(reference(put).contentType()).isNull();
        assertThat(reference(put).filename()).isNull();
        assertThat(read(store, "f")).isEmpty();
    }

    @Test
    default void a_large_file_is_streamed(EntriesProbe store) throws IOException {
        byte[] bytes = new byte[5_000_001];
        new Random(7).nextBytes(bytes);
        store.entries().putFile(path("f"), new ByteArrayInputStream(bytes), "application/octet-stream", null);
        assertThat(read(store, "f")).isEqualTo(bytes);
    }

    @Test
    default void a_file_may_be_left_before_its_end(EntriesProbe store) throws IOException {
        store.entries().putFile(path("f"), new byte[3_000_000], null, null);
        try (InputStream content = store.entries().openFile(path("f")).orElseThrow()) {
            assertThat(content.read()).isZero();
        }
        assertThat(read(store, "f")).hasSize(3_000_000);
    }

    @Test
    default void content_that_cannot_be_read_changes_nothing(EntriesProbe store) {
        store.set("f", 1);
        InputStream broken = new FilterInputStream(new ByteArrayInputStream(new byte[1_000_000])) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int taken = super.read(target, offset, length);
                if (taken < 0) {
                    throw new IOException("unplugged");
                }
                return taken;
            }
        };
        assertThatThrownBy(() -> store.entries().putFile(path("f"), broken, null, null))
                .isInstanceOf(IOException.class)
                .hasMessage("unplugged");
        store.holds("f", 1);
        store.set("g", 2);
        assertThat(store.revision("g")).isEqualTo(2);
    }

    @Test
    default void content_is_not_closed(EntriesProbe store) throws IOException {
        InputStream open = new ByteArrayInputStream("x".getBytes(UTF_8)) {
            @Override
            public void close() {
                throw new AssertionError("closed");
            }
        };
        store.entries().putFile(path("f"), open, null, null);
        assertThat(read(store, "f")).isEqualTo("x".getBytes(UTF_8));
    }

    @Test
    default void what_is_no_file_has_no_content(EntriesProbe store) {
        store.set("a", 1);
        assertThat(store.entries().openFile(path("a"))).isEmpty();
        assertThat(store.entries().openFile(path("b"))).isEmpty();
    }
}
