package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.StreamConfig;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that nothing accounts for are named, and no others. */
final class DataFilesTest {

    private static final int SEGMENTS = 8;

    @TempDir
    private Path data;

    @BeforeEach
    void aStoreWithTwoCheckpoints() {
        EngineOptions options = EngineOptions.DEFAULT.withJournal(
                EngineOptions.DEFAULT.journal().withSegmentBytes(1 << 20, 1 << 20));
        try (Engine engine = Engine.open(data, options)) {
            for (int i = 0; i < 3; i++) {
                engine.streams()
                        .create(CreateRequest.of("a" + i, StreamConfig.of("text/plain")))
                        .join();
                engine.streams()
                        .append(AppendRequest.of("a" + i, "text/plain", new byte[10_000]))
                        .join();
                engine.checkpoint().join();
            }
        }
    }

    @Test
    void a_store_in_good_order_has_none() throws IOException {
        assertThat(DataFiles.strangers(data, SEGMENTS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stray",
                "journal/next.segment.tmp",
                "journal/MARK.tmp",
                "state/old",
                "state/checkpoints/7.tmp",
                "state/checkpoints/3/000099.sst"
            })
    void a_file_that_does_not_belong_is_named(String name) throws IOException {
        Path file = data.resolve(name);
        if (name.endsWith(".sst")) {
            Path newest;
            try (var checkpoints = Files.list(data.resolve("state/checkpoints"))) {
                newest = checkpoints.findFirst().orElseThrow();
            }
            file = newest.resolve("000099.sst");
        }
        Files.createFile(file);
        assertThat(DataFiles.strangers(data, SEGMENTS)).containsExactly(file.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"_unfinished/0.tmp", "acme/9f/junk", "acme/9f/aa", "acme/junk"})
    void a_file_of_entries_that_is_not_where_its_hash_says_is_named(String name) throws IOException {
        Path files = data.resolve("files");
        String hash = "9f" + "0".repeat(62);
        Files.createDirectories(files.resolve("acme/9f"));
        Files.createDirectories(files.resolve("_unfinished"));
        Files.createFile(files.resolve("acme/9f").resolve(hash));
        assertThat(DataFiles.strangers(data, SEGMENTS)).isEmpty();
        assertThat(DataFiles.contents(data)).containsExactly("acme/" + hash);

        Files.createFile(files.resolve(name));

        assertThat(DataFiles.strangers(data, SEGMENTS))
                .containsExactly(files.resolve(name).toString());
    }

    @Test
    void too_many_segments_and_checkpoints_are_named() throws IOException {
        assertThat(DataFiles.strangers(data, 1)).singleElement().asString().contains("segments");
        Files.createDirectory(data.resolve("state/checkpoints/99"));
        assertThat(DataFiles.strangers(data, SEGMENTS)).hasSize(2);
    }

    @Test
    void a_file_with_two_names_takes_up_its_space_once() throws IOException {
        long before = DataFiles.bytes(data);
        Path file = Files.write(data.resolve("one"), new byte[1_000]);
        Files.createLink(data.resolve("two"), file);
        assertThat(DataFiles.bytes(data)).isEqualTo(before + 1_000);
    }
}
