package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Imports the same paths again and again: all of an import that was answered is there, of another one the first lines. */
final class ImportCrashClient extends CrashClient {

    private static final int LINES = 400;

    private final String store;
    private final String root;
    private long imported;
    private boolean inDoubt;

    ImportCrashClient(int number, int port, String store, long seed) {
        super(port, seed);
        this.store = store;
        this.root = "i/" + number;
    }

    private static String path(String root, int line) {
        return "%s/%04d".formatted(root, line);
    }

    @Override
    @Nullable String step(Http http) throws IOException {
        long next = imported + 1;
        StringBuilder lines = new StringBuilder("{\"_header\":true,\"path_schema_version\":3}\n");
        for (int i = 0; i < LINES; i++) {
            lines.append("{\"path\":\"" + path(root, i) + "\",\"value\":" + next + "}\n");
        }
        inDoubt = true;
        Http.Answer answer = http.send(
                "POST",
                "/api/stores/" + store + "/import",
                lines.toString().getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/x-ndjson");
        inDoubt = false;
        if (answer.status() != 200 || json(answer).path("imported").intValue() != LINES) {
            return unexpected("an import of " + LINES + " lines", answer);
        }
        imported = next;
        acknowledged++;
        return null;
    }

    @Override
    @Nullable String check(Http http) throws IOException {
        Map<String, JsonNode> found = list(http, store, root + "/**", null);
        int begun = 0;
        for (int i = 0; i < LINES; i++) {
            JsonNode entry = found.get(path(root, i));
            long value = entry == null ? 0 : entry.path("value").longValue();
            boolean newer = value == imported + 1 && inDoubt && begun == i;
            begun += newer ? 1 : 0;
            if (!newer && value != imported) {
                return "import " + imported + (inDoubt ? ", or the next one up to some line," : "") + " left " + value
                        + " at line " + i + ", and " + begun + " newer ones before it";
            }
        }
        if (begun > 0) {
            count(begun == LINES ? "cut after all lines" : "cut in the middle");
            // From here on all lines have to be of one number: the half of an import is repaired by the next.
            inDoubt = false;
            return repaired(http);
        }
        inDoubt = false;
        return null;
    }

    private @Nullable String repaired(Http http) throws IOException {
        imported++;
        return step(http);
    }
}
