package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Writes all entries of a store as they stood at one moment into an SQLite database. Its file loses its name as soon as it is open,
 * so that nothing of it is left whatever happens. Blocks, natively: to be used on a platform thread. Confined to it.
 */
final class SqliteExport {

    static final String CONTENT_TYPE = "application/x-sqlite3";

    private static final int PAGE_ENTRIES = 500;
    private static final int SQLITE_PAGE_BYTES = 4096;

    private final EntryStorage entries;
    private final StoreInfo store;
    private final long maxBytes;

    /**
     * An export.
     *
     * @param maxBytes how large the database may get
     */
    SqliteExport(EntryStorage entries, StoreInfo store, long maxBytes) {
        this.entries = entries;
        this.store = store;
        this.maxBytes = maxBytes;
    }

    /**
     * Writes the database.
     *
     * @return its file, to be closed, and gone then
     * @throws VarveException {@link ErrorKind#TOO_LARGE} when it gets too large
     * @throws IOException when it cannot be written
     */
    FileChannel write(Instant now) throws IOException {
        Path file = Files.createTempFile("varve-export-", ".db");
        FileChannel channel = null;
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            database.setAutoCommit(true);
            try (Statement statement = database.createStatement()) {
                // Nobody else sees the file, and after a crash nobody looks for it.
                statement.execute("PRAGMA page_size = " + SQLITE_PAGE_BYTES);
                statement.execute("PRAGMA max_page_count = " + Math.max(1, maxBytes / SQLITE_PAGE_BYTES));
                statement.execute("PRAGMA journal_mode = OFF");
                statement.execute("PRAGMA synchronous = OFF");
                statement.execute("PRAGMA locking_mode = EXCLUSIVE");
                statement.execute(
                        "CREATE TABLE store (name TEXT NOT NULL, seq INTEGER NOT NULL, exported_at TEXT NOT NULL)");
                statement.execute("CREATE TABLE entries (path TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL,"
                        + " type TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID");
            }
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
            database.setAutoCommit(false);
            writeStore(database, now);
            writeEntries(database);
            database.commit();
            FileChannel written = channel;
            channel = null;
            return written;
        } catch (SQLException e) {
            throw failure(e);
        } finally {
            if (channel != null) {
                channel.close();
            }
            Files.deleteIfExists(file);
        }
    }

    private RuntimeException failure(SQLException e) throws IOException {
        if (e instanceof SQLiteException known && known.getResultCode() == SQLiteErrorCode.SQLITE_FULL) {
            return new VarveException(
                    ErrorKind.TOO_LARGE,
                    "the store does not fit into a database of " + maxBytes
                            + " bytes, or there is no space for it; export" + " lines of JSON",
                    e);
        }
        throw new IOException("a database could not be written: " + e.getMessage(), e);
    }

    private void writeStore(Connection database, Instant now) throws SQLException {
        try (PreparedStatement insert = database.prepareStatement("INSERT INTO store VALUES (?, ?, ?)")) {
            insert.setString(1, store.name());
            insert.setLong(2, store.storeSeq());
            insert.setString(3, now.toString());
            insert.executeUpdate();
        }
    }

    private void writeEntries(Connection database) throws SQLException {
        EntryQuery query = EntryQuery.matching(store.name(), EntryPattern.ALL).withLimit(PAGE_ENTRIES);
        try (PreparedStatement insert = database.prepareStatement("INSERT INTO entries VALUES (?, ?, ?, ?)")) {
            while (true) {
                EntryPage page = EntryPages.at(entries, query, store.storeSeq()).join();
                for (Entry entry : page.entries()) {
                    insert.setString(1, entry.path().toString());
                    insert.setString(2, EntryJson.text(entry.value(), EntryJson.Form.ENVELOPES));
                    insert.setString(3, entry.type().wireName());
                    insert.setLong(4, entry.revision());
                    insert.addBatch();
                }
                insert.executeBatch();
                if (page.next() == null) {
                    return;
                }
                query = query.withAfter(page.next());
            }
        }
    }

    /** What a browser calls the file. */
    String filename() {
        return store.organisation() + "_" + store.shortName() + ".db";
    }
}
