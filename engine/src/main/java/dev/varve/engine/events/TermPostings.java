package dev.varve.engine.events;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The positions of one term: those in rows of the state, and those of parts in memory. Close it, which lets go of the state; it may be asked
 * on after that.
 */
final class TermPostings implements Postings, AutoCloseable {

    private static final long[] NO_ROW = {};

    /** The state, or null to look at memory alone. */
    private final @Nullable StateStore state;

    private final byte[] prefix;
    private final LogPart[] parts;
    private final Term term;
    private final boolean down;
    private final long memoryFrom;
    private final Work work;

    private StateStore.@Nullable Cursor cursor;
    private long[] row = NO_ROW;
    private boolean stateDone;

    TermPostings(@Nullable StateStore state, long store, Term term, LogPart[] parts, boolean down, Work work) {
        this.state = state;
        this.prefix = state == null ? new byte[0] : term.rowPrefix(store);
        this.parts = parts;
        this.term = term;
        this.down = down;
        this.work = work;
        this.memoryFrom = parts[0].from;
        this.stateDone = state == null;
    }

    @Override
    public long seek(long bound) throws IOException {
        work.looked();
        return down ? seekDown(bound) : seekUp(bound);
    }

    private long seekUp(long bound) throws IOException {
        if (bound < memoryFrom) {
            long stored = storedUp(bound);
            if (stored != NONE) {
                return stored;
            }
        }
        for (LogPart part : parts) {
            PositionList positions = bound < part.end ? part.positions(term) : null;
            long found = positions == null ? NONE : positions.ceiling(bound);
            if (found != NONE && found < part.end) {
                return found;
            }
        }
        return NONE;
    }

    private long seekDown(long bound) throws IOException {
        for (int i = parts.length - 1; i >= 0; i--) {
            LogPart part = parts[i];
            PositionList positions = bound >= part.from ? part.positions(term) : null;
            long found = positions == null ? NONE : positions.floor(Math.min(bound, part.end - 1));
            if (found != NONE) {
                return found;
            }
        }
        return storedDown(Math.min(bound, memoryFrom - 1));
    }

    private long storedUp(long bound) throws IOException {
        if (row.length > 0 && row[row.length - 1] >= bound) {
            return below(row[ceiling(bound)]);
        }
        if (stateDone || state == null) {
            return NONE;
        }
        // The next row is most often the right one; if not, the store finds it sooner than going through all of them.
        if (cursor != null && cursor.next()) {
            take(cursor);
            if (row[row.length - 1] >= bound) {
                return below(row[ceiling(bound)]);
            }
            close();
        } else if (cursor != null) {
            stateDone = true;
            return NONE;
        }
        cursor = state.scanFromFloor(
                Table.EVENT_INDEX, Keys.row(prefix, 0), Keys.row(prefix, bound), Keys.rowsTo(prefix));
        while (cursor.next()) {
            take(cursor);
            if (row[row.length - 1] >= bound) {
                return below(row[ceiling(bound)]);
            }
        }
        stateDone = true;
        return NONE;
    }

    private void take(StateStore.Cursor at) throws IOException {
        work.read();
        row = IndexRow.decode(at.value());
    }

    /** A checkpoint may have written what memory has, too. */
    private long below(long position) {
        return position < memoryFrom ? position : NONE;
    }

    private int ceiling(long bound) {
        int index = Arrays.binarySearch(row, bound);
        return index >= 0 ? index : -index - 1;
    }

    private long storedDown(long bound) throws IOException {
        if (bound < 0) {
            return NONE;
        }
        if (row.length > 0 && row[0] <= bound) {
            return row[floor(bound)];
        }
        if (stateDone || state == null) {
            return NONE;
        }
        if (cursor != null && cursor.next()) {
            take(cursor);
            if (row[0] <= bound) {
                return row[floor(bound)];
            }
            close();
        } else if (cursor != null) {
            stateDone = true;
            return NONE;
        }
        cursor = state.scanDown(Table.EVENT_INDEX, Keys.row(prefix, 0), Keys.row(prefix, bound + 1));
        if (cursor.next()) {
            take(cursor);
            return row[floor(bound)];
        }
        stateDone = true;
        return NONE;
    }

    private int floor(long bound) {
        int index = Arrays.binarySearch(row, bound);
        return index >= 0 ? index : -index - 2;
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
