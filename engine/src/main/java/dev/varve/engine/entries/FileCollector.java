package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Deletes files that no entry refers to, and none did at any moment of which history is kept; also those whose write never came. A
 * little at each pass. Confined to the thread of upkeep.
 */
final class FileCollector {

    /** For how long nobody may need a file before it is deleted. */
    static final long GRACE_MILLIS = TimeUnit.MINUTES.toMillis(10);

    private static final int FILES_PER_PASS = 256;
    private static final int ROWS_PER_PASS = 1_000;

    /** How many files that nobody needs are kept in mind; others are met again later. */
    private static final int MAX_UNNEEDED = 100_000;

    private final EntriesFace face;
    private final EntryFiles files;
    private final HistoryReader history;

    /** Since when nobody needs a file, as far as was looked. */
    private final Map<BlobId, Long> unneededSince = new HashMap<>();

    private @Nullable BlobId lastFile;
    private byte[] lastRow = {};

    FileCollector(EntriesFace face, EntryFiles files, HistoryReader history) {
        this.face = face;
        this.files = files;
        this.history = history;
    }

    /** Looks at some files and some references. */
    void pass() throws IOException {
        dropRows();
        List<BlobId> page = files.blobs().list(lastFile, FILES_PER_PASS);
        lastFile = page.size() < FILES_PER_PASS ? null : page.getLast();
        long now = face.time().millis();
        for (BlobId id : page) {
            if (isNeeded(id)) {
                unneededSince.remove(id);
                continue;
            }
            Long since = unneededSince.get(id);
            if (since == null) {
                if (unneededSince.size() < MAX_UNNEEDED) {
                    unneededSince.put(id, now);
                }
            } else if (face.time().hasPassed(since + GRACE_MILLIS) && files.collect(id, this::isNeeded)) {
                unneededSince.remove(id);
            }
        }
    }

    private boolean isNeeded(BlobId id) throws IOException {
        byte[] from = FileIndex.from(id.hex(), 0);
        long clonesBefore = face.clonesBegun();
        while (true) {
            List<FileIndex.Row> rows = files.index().rows(from, ROWS_PER_PASS);
            for (FileIndex.Row row : rows) {
                StoreState store = face.byNumber(row.store());
                if (store != null
                        && EntryFiles.organisation(store.name).equals(id.organisation())
                        && isNeeded(store, row)) {
                    return true;
                }
            }
            if (rows.size() < ROWS_PER_PASS) {
                // A copy that is not made yet may need what its source has lost meanwhile.
                return face.isCloning() || face.clonesBegun() != clonesBefore;
            }
            from = Keys.after(rows.getLast().key());
        }
    }

    /** Whether the entry of a reference stands there, or stood there at a moment that can be asked for. */
    private boolean isNeeded(StoreState store, FileIndex.Row row) throws IOException {
        if (store.gone) {
            return false;
        }
        if (store.clone != null) {
            return true;
        }
        long kept = store.compactedSeq();
        if (row.storeSeq() > kept) {
            return true;
        }
        try {
            Entry entry = history.get(store, row.path(), kept);
            return entry != null && entry.revision() == row.storeSeq();
        } catch (VarveException e) {
            // Compacted meanwhile: next time. A large object is no file.
            return e.kind() != ErrorKind.TOO_LARGE && e.kind() != ErrorKind.NOT_FOUND;
        }
    }

    /** Deletes references of what is compacted; once one is of no use it stays so. */
    private void dropRows() throws IOException {
        List<FileIndex.Row> rows = files.index().allRows(lastRow, ROWS_PER_PASS);
        lastRow = rows.size() < ROWS_PER_PASS
                ? new byte[0]
                : Keys.after(rows.getLast().key());
        List<byte[]> unneeded = new ArrayList<>();
        for (FileIndex.Row row : rows) {
            StoreState store = face.byNumber(row.store());
            if (store == null || !isNeeded(store, row)) {
                unneeded.add(row.key());
            }
        }
        if (!unneeded.isEmpty()) {
            files.index().drop(unneeded);
        }
    }
}
