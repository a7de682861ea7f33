package dev.varve.client;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has entries of one store stand again as they once did. Thread-safe. */
final class HttpRollbacks {

    /** The longest name of a write, in characters. */
    private static final int MAX_NAME = 200;

    private final WatchedChange changes;
    private final StoreCalls calls;
    private final EntryUrls urls;

    HttpRollbacks(HttpTransport transport, StoreCalls calls, EntryUrls urls) {
        this.changes = new WatchedChange(transport, urls);
        this.calls = calls;
        this.urls = urls;
    }

    RollbackResult ofStore(long toSeq) {
        EntryAnswer done = rollback(null, toSeq);
        return done == null
                ? new RollbackResult(0, 0)
                : new RollbackResult(done.number("ops_written"), done.number("store_seq"));
    }

    RollbackResult ofPath(EntryPath path, long toSeq) {
        EntryAnswer done = rollback(path, toSeq);
        if (done == null) {
            return new RollbackResult(0, 0);
        }
        long storeSeq = done.number("store_seq");
        return new RollbackResult(
                done.isTrue("noop") ? 0 : changes.indexInWrite(storeSeq, writeName(path, toSeq)) + 1, storeSeq);
    }

    /** What a server calls the write of a rollback. */
    private static String writeName(EntryPath path, long toSeq) {
        String name = "rollback:" + toSeq + ":" + path;
        return name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    /** The answer; null when there is nothing that could be rolled back, and it is to stand as it did before the first change. */
    private @Nullable EntryAnswer rollback(@Nullable EntryPath path, long toSeq) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        if (path != null) {
            fields.put("path", EntryValue.of(path.toString()));
        }
        fields.put("to_seq", EntryValue.of(HttpEntryReads.requireSeq(toSeq)));
        HttpRequest post = calls.post(urls.of("/rollback"), EntryJson.bytes(new EntryValue.Fields(fields)));
        Answer answer = calls.send(post);
        Refused refused = EntryFailures.refusal(post, answer, path == null ? EntryPath.of("store") : path);
        if (refused != null) {
            throw new EntryRefusedException(refused);
        }
        if (answer.status() == 409 && EntryFailures.says(post, answer, "no_ops")) {
            if (toSeq > 0) {
                throw new VarveException(
                        ErrorKind.INVALID_PARAMS, "there is no change " + toSeq + " yet; the store has none");
            }
            return null;
        }
        return calls.expected(post, answer);
    }
}
