package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of entries on disk: collected when nobody needs them, not before, and never given wrongly. */
final class EntriesFilesTest {

    private static final String STORE = "acme/app";
    private static final EntryPath F = EntryPath.of("f");
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final Path directory;
    private final TestClock clock = new TestClock();
    private Engine engine;
    private Entries entries;

    EntriesFilesTest(@TempDir Path directory) {
        this.directory = directory;
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        entries = Entries.over(engine.entries(), STORE);
    }

    @AfterEach
    void end() {
        engine.close();
    }

    private String put(EntryPath path, String content) {
        Entry entry = entries.putFile(path, content.getBytes(UTF_8), "text/plain", null);
        return Objects.requireNonNull(FileReference.of(entry.value())).hash();
    }

    private Path fileOf(String hash) {
        String hex = hash.substring("sha256:".length());
        return directory
                .resolve("files")
                .resolve("acme")
                .resolve(hex.substring(0, 2))
                .resolve(hex);
    }

    private String read(EntryPath path) throws IOException {
        try (InputStream content = entries.openFile(path).orElseThrow()) {
            return new String(content.readAllBytes(), UTF_8);
        }
    }

    /** Lets time pass, a minute at each look. */
    private void awaitGone(Path file) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            clock.advance(Duration.ofMinutes(1));
            assertThat(file).doesNotExist();
        });
    }

    @Test
    void a_file_goes_when_neither_an_entry_nor_history_shows_it() throws IOException {
        Path first = fileOf(put(F, "first"));
        Path second = fileOf(put(F, "second"));
        assertThat(first).exists();
        engine.entries().compact(STORE, 2).join();

        awaitGone(first);

        assertThat(second).exists();
        assertThat(read(F)).isEqualTo("second");
    }

    @Test
    void a_file_that_history_shows_stays() throws IOException, InterruptedException {
        Path first = fileOf(put(F, "first"));
        Path orphan = fileOf(orphan("nobody names this"));
        entries.delete(F);

        awaitGone(orphan);
        clock.advance(GRACE.multipliedBy(3));
        Thread.sleep(200);

        assertThat(first).exists();
    }

    private String orphan(String content) {
        try (FileUpload upload = engine.entries().upload(STORE, 1_000)) {
            upload.append(ByteBuffer.wrap(content.getBytes(UTF_8))).join();
            return upload.finish(null, null).join().hash();
        }
    }

    @Test
    void a_file_that_another_store_shows_stays() throws IOException {
        String hash = put(F, "shared");
        Entries other = Entries.over(engine.entries(), "acme/other");
        other.putFile(F, "shared".getBytes(UTF_8), null, null);
        Path orphan = fileOf(orphan("nobody names this"));
        engine.entries().deleteStore(STORE).join();
        engine.checkpoint().join();

        awaitGone(orphan);

        assertThat(fileOf(hash)).exists();
        engine.entries().deleteStore("acme/other").join();
        awaitGone(fileOf(hash));
    }

    @Test
    void a_file_under_way_is_not_collected() {
        try (FileUpload upload = engine.entries().upload(STORE, 1_000)) {
            upload.append(ByteBuffer.wrap("held".getBytes(UTF_8))).join();
            Path held = fileOf(upload.finish(null, null).join().hash());
            Path orphan = fileOf(orphan("nobody names this"));

            awaitGone(orphan);

            assertThat(held).exists();
        }
    }

    @Test
    void a_file_stays_across_restarts_and_checkpoints() throws IOException {
        put(F, "kept");
        engine.checkpoint().join();
        engine.close();
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        entries = Entries.over(engine.entries(), STORE);
        Path orphan = fileOf(orphan("nobody names this"));

        awaitGone(orphan);

        assertThat(read(F)).isEqualTo("kept");
    }

    @Test
    void a_damaged_file_is_told_and_healed_by_storing_it_again() throws IOException {
        Path file = fileOf(put(F, "good bytes"));
        Files.write(file, new byte[] {'b'}, StandardOpenOption.WRITE);

        assertThatThrownBy(() -> read(F))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));

        put(F, "good bytes");
        assertThat(read(F)).isEqualTo("good bytes");
    }

    @Test
    void a_file_that_was_taken_away_is_told() throws IOException {
        Files.delete(fileOf(put(F, "gone")));

        assertThatThrownBy(() -> read(F))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }
}
