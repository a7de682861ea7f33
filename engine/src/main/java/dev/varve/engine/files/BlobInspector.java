package dev.varve.engine.files;

import dev.varve.engine.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads every blob of a directory through that nobody writes to. Changes nothing. Stateless. */
public final class BlobInspector {

    private static final int PAGE = 1_000;
    private static final int READ_BYTES = 1 << 20;

    /**
     * Something wrong.
     *
     * @param file the blob's file
     * @param what what is wrong with it, with its name
     */
    public record Problem(Path file, String what) {}

    private BlobInspector() {}

    /**
     * Looks at all blobs.
     *
     * @param disk the disk
     * @param root the directory, which need not be there
     * @return what is wrong; nothing when all are whole
     * @throws IOException when directories cannot be read
     */
    public static List<Problem> verify(Disk disk, Path root) throws IOException {
        DiskBlobStore store = DiskBlobStore.looking(disk, root);
        List<Problem> problems = new ArrayList<>();
        @Nullable BlobId last = null;
        while (true) {
            List<BlobId> page = store.list(last, PAGE);
            for (BlobId id : page) {
                try {
                    read(store, id);
                } catch (IOException e) {
                    problems.add(new Problem(store.file(id), String.valueOf(e.getMessage())));
                }
            }
            if (page.size() < PAGE) {
                return problems;
            }
            last = page.getLast();
        }
    }

    private static void read(DiskBlobStore store, BlobId id) throws IOException {
        try (BlobSource source = store.open(id)) {
            for (long at = 0; source != null && at < source.size(); ) {
                at += source.read(at, READ_BYTES).remaining();
            }
        }
    }
}
