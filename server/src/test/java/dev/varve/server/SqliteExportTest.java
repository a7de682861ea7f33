package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.server.EntriesApi.StoreCalls;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store as an SQLite database. */
final class SqliteExportTest {

    @TempDir
    Path directory;

    private final EntriesApi api = EntriesApi.start();
    private final HttpClient http = HttpClient.newHttpClient();
    private final StoreCalls store = api.freshStore();
    private List<Path> before = List.of();

    @BeforeEach
    void look() throws IOException {
        before = leftOver();
    }

    @AfterEach
    void stop() throws IOException {
        http.close();
        api.close();
        assertThat(leftOver()).as("temporary files").isEqualTo(before);
    }

    private static List<Path> leftOver() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("varve-export-"))
                    .sorted()
                    .toList();
        }
    }

    private HttpResponse<Path> export() throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(api.http.uri(store.url("/export?format=sqlite")))
                        .build(),
                HttpResponse.BodyHandlers.ofFile(directory.resolve("export.db")));
    }

    private static List<List<String>> rows(Path database, String query) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(query)) {
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                    row.add(found.getString(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    @Test
    void every_entry_is_a_row() throws Exception {
        store.put("links/dust", "{\"title\":\"Dust\",\"tags\":[\"a\",1]}");
        store.put("price", "{\"_type\":\"decimal\",\"_typed\":\"29.99\"}");
        store.put("nothing", "null");

        HttpResponse<Path> response = export();

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-sqlite3");
        assertThat(response.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"" + store.name().replace('/', '_') + ".db\"");
        assertThat(rows(response.body(), "SELECT path, value, type, revision FROM entries ORDER BY path"))
                .containsExactly(
                        List.of("links/dust/tags", "[\"a\",1]", "list", "1"),
                        List.of("links/dust/title", "\"Dust\"", "string", "1"),
                        List.of("nothing", "null", "null", "3"),
                        List.of("price", "{\"_type\":\"decimal\",\"_typed\":\"29.99\"}", "decimal", "2"));
        assertThat(rows(response.body(), "SELECT name, seq FROM store")).containsExactly(List.of(store.name(), "3"));
        assertThat(rows(response.body(), "PRAGMA integrity_check")).containsExactly(List.of("ok"));
    }

    @Test
    void many_entries_are_exported() throws Exception {
        for (int batch = 0; batch < 3; batch++) {
            StringBuilder ops = new StringBuilder("[");
            for (int i = 0; i < 1_000; i++) {
                ops.append(i == 0 ? "" : ",")
                        .append("{\"op\":\"set\",\"path\":\"p/%d/%d\",\"value\":%d}".formatted(batch, i, i));
            }
            assertThat(store.batch(ops + "]").statusCode()).isEqualTo(200);
        }

        assertThat(rows(export().body(), "SELECT count(*), sum(value) FROM entries"))
                .containsExactly(List.of("3000", "1498500"));
    }

    @Test
    void a_store_that_is_not_there_is_not_exported() throws Exception {
        assertThat(store.get("/export?format=sqlite").statusCode()).isEqualTo(404);
    }

    @Test
    void a_store_that_does_not_fit_leaves_nothing() throws Exception {
        store.put("a", "\"" + "x".repeat(200_000) + "\"");
        SqliteExport export = new SqliteExport(
                api.storage(), api.storage().store(store.name()).orElseThrow(), 100_000);

        assertThatThrownBy(() -> {
                    try (FileChannel written = export.write(Instant.EPOCH)) {
                        assertThat(written).isNull();
                    }
                })
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
    }
}
