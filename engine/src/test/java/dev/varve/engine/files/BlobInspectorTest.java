package dev.varve.engine.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.io.SystemDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged blobs are named, and what others have put beside blobs is in nobody's way. */
final class BlobInspectorTest {

    private static final int BLOBS = 5;

    @TempDir
    private Path root;

    private List<BlobId> someBlobs() throws IOException {
        DiskBlobStore store = DiskBlobStore.open(new SystemDisk(), root, 0);
        List<BlobId> kept = new ArrayList<>();
        for (int i = 0; i < BLOBS; i++) {
            try (BlobSink sink = store.create()) {
                sink.write(ByteBuffer.allocate(70_000 * i));
                BlobId id = new BlobId(i % 2 == 0 ? "acme" : "other", sink.seal());
                sink.keep(id.organisation());
                kept.add(id);
            }
        }
        return kept;
    }

    private Path file(BlobId id) {
        return root.resolve(id.organisation()).resolve(id.hex().substring(0, 2)).resolve(id.hex());
    }

    @Test
    void whole_blobs_and_no_directory_at_all_are_in_order() throws IOException {
        assertThat(BlobInspector.verify(new SystemDisk(), root.resolve("none"))).isEmpty();
        var _ = someBlobs();
        assertThat(BlobInspector.verify(new SystemDisk(), root)).isEmpty();
    }

    @Test
    void a_damaged_blob_is_named() throws IOException {
        Path damaged = file(someBlobs().get(3));
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[100_000] ^= 1;
        Files.write(damaged, bytes);

        assertThat(BlobInspector.verify(new SystemDisk(), root)).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo(damaged);
            assertThat(problem.what()).contains("is damaged between bytes 65536 and 131072");
        });
    }

    @Test
    void files_of_others_hide_no_blob() throws IOException {
        List<BlobId> kept = someBlobs();
        Files.createFile(root.resolve("0"));
        Files.createFile(root.resolve("zzz"));
        Files.createFile(root.resolve("acme/0"));
        Files.createFile(root.resolve("acme/zz"));
        Files.createFile(file(kept.get(0)).resolveSibling("junk"));

        List<BlobId> listed = DiskBlobStore.open(new SystemDisk(), root, 0).list(null, 100);

        assertThat(listed).containsExactlyInAnyOrderElementsOf(kept);
        assertThat(BlobInspector.verify(new SystemDisk(), root)).isEmpty();
    }
}
